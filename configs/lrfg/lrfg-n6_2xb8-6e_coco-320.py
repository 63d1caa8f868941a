# After lrfg-n6_2xb8-12e_coco-192.py, whose checkpoint goes to load_from: larger inputs, people of
# all sizes, and the learning rate comes down.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6_scratch.py',
    '../_base_/datasets/coco_320.py',
    '../_base_/schedules/adamw_scratch.py',
]

train_pipeline = [
    dict(
        type='MosaicAffine',
        input_size={{_base_.input_size}},
        load=[{{_base_.load_image}}],
        mosaic_prob=0.0,
        focus_prob=0.5,
        focus=(0.2, 1.0),
        scale=(0.7, 1.4),
        shift=0.15,
        rotate=10.0),
    {{_base_.targets}},
    {{_base_.pack}},
]
train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(pipeline=train_pipeline))

max_epochs = 6
base_lr = 2e-3
optim_wrapper = dict(optimizer=dict(lr=base_lr, fused=True))
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
