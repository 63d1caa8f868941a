# From scratch on few images: AdamW, flat, then down in the last quarter; an average of the weights.
max_epochs = 40
base_lr = 2e-3

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=base_lr, weight_decay=0.02),
    paramwise_cfg=dict(
        norm_decay_mult=0, bias_decay_mult=0, custom_keys={'.vector': dict(decay_mult=0)}),
    clip_grad=dict(max_norm=100))
auto_scale_lr = dict(base_batch_size=16, enable=False)

param_scheduler = [
    dict(type='LinearLR', start_factor=1e-2, by_epoch=False, end=100),
    dict(
        type='CosineAnnealingLR',
        eta_min=0.02 * base_lr,
        begin=max_epochs * 3 // 4,
        end=max_epochs,
        T_max=max_epochs - max_epochs * 3 // 4,
        by_epoch=True,
        convert_to_iter_based=True),
]

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=2)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

custom_hooks = [
    dict(
        type='EMAHook',
        ema_type='ExpMomentumEMA',
        momentum=1e-3,
        gamma=300,
        update_buffers=True,
        priority=49),
]
