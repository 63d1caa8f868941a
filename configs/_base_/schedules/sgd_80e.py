# SGD, cosine and 80 epochs are the paper's; everything else is YOLO-Pose's, made for 64 images a
# step: docs/recipe.md.
max_epochs = 80

optim_wrapper = dict(
    type='OptimWrapper',
    constructor='MergedGroupsConstructor',
    optimizer=dict(type='SGD', lr=0.01, momentum=0.937, weight_decay=5e-4, nesterov=True),
    # Weight decay on the weights of convolutions only.
    paramwise_cfg=dict(
        norm_decay_mult=0, bias_decay_mult=0, custom_keys={'.vector': dict(decay_mult=0)}))
auto_scale_lr = dict(base_batch_size=64, enable=False)

# From 0.01 to 0.002, epoch by epoch.
param_scheduler = [dict(type='CosineAnnealingLR', eta_min_ratio=0.2)]

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

custom_hooks = [
    dict(type='WarmupHook', epochs=3, bias_lr=0.1, momentum=0.8),
    # Decay 0.9999 per optimizer step, ramped up over the first few thousand steps.
    dict(
        type='StepEMAHook',
        ema_type='FusedMomentumEMA',
        momentum=1e-4,
        gamma=2000,
        update_buffers=True,
        priority=49),
]
