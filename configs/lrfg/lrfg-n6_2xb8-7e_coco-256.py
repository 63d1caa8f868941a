# After lrfg-n6_2xb8-11e_coco-256.py, whose checkpoint goes to load_from: the rate up and down again.
_base_ = './lrfg-n6_2xb8-11e_coco-256.py'

max_epochs = 7
base_lr = 1e-3
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-2, by_epoch=False, end=100),
    dict(
        type='CosineAnnealingLR',
        eta_min=0.02 * base_lr,
        T_max=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
