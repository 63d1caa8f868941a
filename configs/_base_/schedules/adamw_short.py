# A few hundred steps from scratch: AdamW, one cosine, a quick average of the weights.
optim_wrapper = dict(
    type='OptimWrapper',
    constructor='MergedGroupsConstructor',
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.02),
    paramwise_cfg=dict(
        norm_decay_mult=0, bias_decay_mult=0, custom_keys={'.vector': dict(decay_mult=0)}),
    clip_grad=dict(max_norm=100))
auto_scale_lr = dict(base_batch_size=8, enable=False)

# Down to the end, however many epochs there are.
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-2, by_epoch=False, end=50),
    dict(
        type='CosineAnnealingLR',
        eta_min_ratio=0.02,
        by_epoch=True,
        convert_to_iter_based=True),
]

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=8, val_interval=4)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

custom_hooks = [
    dict(
        type='StepEMAHook',
        ema_type='FusedMomentumEMA',
        momentum=2e-3,
        gamma=100,
        update_buffers=True,
        priority=49),
]
