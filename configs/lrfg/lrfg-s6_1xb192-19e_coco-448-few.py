# A few thousand photographs and ten minutes of one large GPU: mosaics, whole photographs and grids of
# people, in turns, from random weights; photographs turned and scaled less at the end.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_s6_scratch_grids.py',
    '../_base_/datasets/coco_640.py',
    '../_base_/schedules/adamw_scratch.py',
]

model = dict(head=dict(obj_target='oks'))

input_size = (448, 448)
load = [{{_base_.load_image}}]
targets = dict(
    type='GenerateTarget',
    encoder=dict(type='YOLOXPoseAnnotationProcessor', input_size=input_size))
mosaic = dict(type='MosaicAffine', input_size=input_size, load=load, rotate=10.0)
whole = dict(
    type='MosaicAffine', input_size=input_size, load=load, mosaic_prob=0.0, scale=(0.6, 1.6),
    shift=0.15, rotate=20.0)
near = dict(
    type='PeopleGrid', input_size=input_size, load=load, grids=(1, 2, 2), focus_prob=0.85,
    shift=0.12, rotate=30.0)
calm = dict(
    type='MosaicAffine', input_size=input_size, load=load, mosaic_prob=0.0, scale=(0.8, 1.3),
    rotate=10.0)
train_pipeline = [
    dict(
        type='RandomChoice',
        transforms=[[mosaic], [whole], [near]],
        prob=[0.25, 0.35, 0.4]),
    targets,
    {{_base_.pack}},
]
last_pipeline = [
    dict(type='RandomChoice', transforms=[[calm], [near]], prob=[0.7, 0.3]),
    targets,
    {{_base_.pack}},
]
# An epoch is four passes over the photographs: workers start anew with each.
train_dataloader = dict(
    batch_size=192,
    num_workers=14,
    sampler=dict(type='RepeatedSampler', passes=4),
    dataset=dict(pipeline=train_pipeline))

# Photographs are tested as large as they are.
val_pipeline = [
    dict(type='LoadImageOrSkip'),
    dict(type='BottomupResize', input_size=(512, 512), size_factor=64, pad_val=(114, 114, 114)),
    {{_base_.pack_test}},
]
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

max_epochs = 19  # that fitted into the time
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(
    type='BFloat16OptimWrapper', optimizer=dict(lr=2.5e-3, weight_decay=0.05, fused=True))
param_scheduler = None  # but the clock
default_hooks = dict(
    time_budget=dict(type='TimeBudgetHook', minutes=9.5, last_pipeline=last_pipeline),
    channels_last=dict(type='ChannelsLastHook'),
    non_finite=dict(patience=20))  # of steps that are left out
env_cfg = dict(cudnn_benchmark=True)
