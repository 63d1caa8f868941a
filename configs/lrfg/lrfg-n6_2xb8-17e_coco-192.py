# First lessons from few photographs on a CPU: small inputs, full of close views of people.
# Two processes of one thread are faster there than one of two: tools/dist_train.sh CONFIG 2
# Crops show people larger than photographs do. Tests take a larger input for it, that of the base,
# 320 (Touvron et al., "Fixing the train-test resolution discrepancy", 2019).
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6_scratch_grids.py',
    '../_base_/datasets/coco_320.py',
    '../_base_/schedules/adamw_scratch.py',
]

input_size = (192, 192)
# Decoded larger than the input: there is something to bring nearer.
load_image = dict(type='LoadCachedImage', long_side=416, budget='auto', copy=False)
targets = dict(
    type='GenerateTarget',
    encoder=dict(type='YOLOXPoseAnnotationProcessor', input_size=input_size))
train_pipeline = [
    dict(
        type='PeopleGrid',
        input_size=input_size,
        load=[load_image],
        grids=(1, 3, 1),
        focus_prob=0.85,
        shift=0.12,
        rotate=12.0),
    targets,
    {{_base_.pack}},
]
train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(pipeline=train_pipeline))

max_epochs = 17
optim_wrapper = dict(optimizer=dict(lr=1e-3, fused=True))
# Never down: that is the second stage's, lrfg-n6_2xb8-11e_coco-256.py
param_scheduler = [dict(type='LinearLR', start_factor=1e-2, by_epoch=False, end=100)]
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
