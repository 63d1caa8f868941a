# The first of the two stages of the released weights S6: ten minutes of one large GPU on a few
# thousand photographs, from random weights.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/lrfg_n6_scratch.py',
    '../../_base_/datasets/coco_640.py',
    '../../_base_/schedules/adamw_short.py',
]

widen_factor = 0.5
model = dict(
    backbone=dict(widen_factor=widen_factor),
    neck=dict(widen_factor=widen_factor),
    head=dict(
        head_module=dict(widen_factor=widen_factor),
        auxiliary=dict(in_channels=128),
        # As in lrfg-n6_2xb16-15e_coco-256.py.
        level_means=False,
        loss_bbox=dict(loss_weight=0.15),
        loss_oks=dict(loss_weight=0.9),
        loss_vis=dict(loss_weight=0.3),
        obj_target='oks'))

input_size = (448, 448)
load = [_base_.load_image]
mosaic = dict(type='MosaicAffine', input_size=input_size, load=load, rotate=10.0)
whole = dict(
    type='MosaicAffine', input_size=input_size, load=load, mosaic_prob=0.0, scale=(0.6, 1.6),
    shift=0.15, rotate=20.0)
near = dict(
    type='PeopleGrid', input_size=input_size, load=load, grids=(1, 2, 2), focus_prob=0.85,
    shift=0.12, rotate=30.0)
# For the last part of the training: images rotated and scaled less.
calm = dict(
    type='MosaicAffine', input_size=input_size, load=load, mosaic_prob=0.0, scale=(0.8, 1.3),
    rotate=10.0)
train_pipeline = [
    dict(
        type='RandomChoice',
        transforms=[[mosaic], [whole], [near]],
        prob=[0.25, 0.35, 0.4]),
    _base_.targets,
    _base_.pack,
]
last_pipeline = [
    dict(type='RandomChoice', transforms=[[calm], [near]], prob=[0.7, 0.3]),
    _base_.targets,
    _base_.pack,
]
# An epoch is four passes over the photographs: workers start anew with each.
train_dataloader = dict(
    batch_size=192,
    num_workers=14,
    sampler=dict(type='RepeatedSampler', passes=4),
    dataset=dict(pipeline=train_pipeline))

# The long side of these photographs.
val_pipeline = _base_.val_pipeline
val_pipeline[1].update(input_size=(512, 512))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

max_epochs = 19  # as many as fitted into the time
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(
    type='BFloat16OptimWrapper', optimizer=dict(lr=2.5e-3, weight_decay=0.05, fused=True))
auto_scale_lr = dict(base_batch_size=16)
param_scheduler = None  # TimeBudgetHook sets the learning rate
# As in lrfg-n6_2xb16-15e_coco-256.py.
custom_hooks = [
    dict(
        type='StepEMAHook',
        ema_type='FusedMomentumEMA',
        momentum=1e-3,
        gamma=300,
        update_buffers=True,
        priority=49),
]
default_hooks = dict(
    time_budget=dict(type='TimeBudgetHook', minutes=9.5, last_pipeline=last_pipeline),
    channels_last=dict(type='ChannelsLastHook'),
    checkpoint=dict(save_param_scheduler=False),
    non_finite=dict(patience=20))  # steps in a row that may be left out
env_cfg = dict(cudnn_benchmark=True)
