# The paper: SGD, cosine, 80 epochs. Everything else is YOLO-Pose's, made for 64 images a step.
max_epochs = 80
base_lr = 0.01

optim_wrapper = dict(
    type='OptimWrapper',
    constructor='MergedGroupsConstructor',
    optimizer=dict(type='SGD', lr=base_lr, momentum=0.937, weight_decay=5e-4, nesterov=True),
    # Weight decay on the weights of convolutions only.
    paramwise_cfg=dict(
        norm_decay_mult=0, bias_decay_mult=0, custom_keys={'.vector': dict(decay_mult=0)}))
auto_scale_lr = dict(base_batch_size=64, enable=False)

param_scheduler = [
    dict(type='LinearLR', start_factor=1e-3, by_epoch=True, end=3, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        eta_min=0.2 * base_lr,
        begin=3,
        T_max=max_epochs - 3,
        end=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True),
    dict(
        type='LinearMomentum',
        start_factor=0.8 / 0.937,
        by_epoch=True,
        end=3,
        convert_to_iter_based=True),
]

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

custom_hooks = [
    dict(type='BiasWarmupHook', epochs=3, start_lr=0.1),
    # Decay 0.9999, ramped up over the first few thousand steps.
    dict(
        type='EMAHook',
        ema_type='FusedMomentumEMA',
        momentum=1e-4,
        gamma=2000,
        update_buffers=True,
        priority=49),
]
