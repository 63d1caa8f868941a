# The last stage of the released weights N6; the stages before it are listed in README.md.
# On a CPU, two processes of one thread are faster than one of two: tools/dist_train.sh CONFIG 2
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/lrfg_n6_scratch.py',
    '../../_base_/datasets/coco_640.py',
    '../../_base_/schedules/adamw_short.py',
]

model = dict(
    head=dict(
        # One mean over the people of all levels: a single person on a level would make a noisy
        # gradient. The weights are three times those of the base, for about three levels.
        level_means=False,
        loss_bbox=dict(loss_weight=0.15),
        loss_oks=dict(loss_weight=0.9),
        loss_vis=dict(loss_weight=0.3),
        # The score learns the OKS of the pose.
        obj_target='oks'))

input_size = (256, 256)
# Larger than the input, for the crops of people.
load_image = dict(_base_.load_image, long_side=416)
whole = dict(
    type='MosaicAffine',
    input_size=input_size,
    load=[load_image],
    mosaic_prob=0.0,
    scale=(0.7, 1.5),
    shift=0.15,
    rotate=10.0)
near = dict(
    type='PeopleGrid',
    input_size=input_size,
    load=[load_image],
    grids=(1, 2, 1),
    focus_prob=0.85,
    shift=0.12,
    rotate=20.0)
train_pipeline = [
    dict(type='RandomChoice', transforms=[[whole], [near]], prob=[0.5, 0.5]),
    _base_.targets,
    _base_.pack,
]
val_pipeline = _base_.val_pipeline
val_pipeline[1].update(input_size=input_size)

train_dataloader = dict(
    batch_size=16,
    num_workers=0,
    persistent_workers=False,
    pin_memory=False,
    dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(num_workers=1, pin_memory=False, dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

max_epochs = 15
optim_wrapper = dict(optimizer=dict(lr=1e-3, fused=True))
# Down to the end, however many epochs there are.
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-2, by_epoch=False, end=100),
    dict(
        type='CosineAnnealingLR',
        eta_min_ratio=0.02,
        by_epoch=True,
        convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
auto_scale_lr = dict(base_batch_size=16)
# A slower average than that of a few hundred steps.
custom_hooks = [
    dict(
        type='StepEMAHook',
        ema_type='FusedMomentumEMA',
        momentum=1e-3,
        gamma=300,
        update_buffers=True,
        priority=49),
]
