# From scratch on few images: flat, then down in the last quarter; a slower average of the weights.
_base_ = './adamw_short.py'

max_epochs = 40
auto_scale_lr = dict(base_batch_size=16)

param_scheduler = [
    dict(type='LinearLR', start_factor=1e-2, by_epoch=False, end=100),
    dict(
        type='CosineAnnealingLR',
        eta_min_ratio=0.02,
        begin=max_epochs * 3 // 4,
        end=max_epochs,
        T_max=max_epochs - max_epochs * 3 // 4,
        by_epoch=True,
        convert_to_iter_based=True),
]

train_cfg = dict(max_epochs=max_epochs, val_interval=2)

custom_hooks = [
    dict(
        type='StepEMAHook',
        ema_type='FusedMomentumEMA',
        momentum=1e-3,
        gamma=300,
        update_buffers=True,
        priority=49),
]
