# Fine-tuning of the released weights S6 on a small data set, for a GPU: lrfg train --data DATA
# --weights s6. The data has the layout of configs/_base_/datasets/people_320.py.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6_scratch.py',
    '../_base_/datasets/people_320.py',
    '../_base_/schedules/adamw_short.py',
]

widen_factor = 0.5
model = dict(
    backbone=dict(widen_factor=widen_factor),
    neck=dict(widen_factor=widen_factor),
    head=dict(
        head_module=dict(widen_factor=widen_factor),
        auxiliary=None,  # it helps trainings from random weights
        # The losses that the weights were trained with.
        level_means=False,
        loss_bbox=dict(loss_weight=0.15),
        loss_oks=dict(loss_weight=0.9),
        loss_vis=dict(loss_weight=0.3),
        obj_target='oks'))

# The size that the weights were trained with.
input_size = (512, 512)
load_image = dict(_base_.load_image, long_side=512)
train_pipeline = [
    dict(_base_.train_pipeline[0], input_size=input_size, load=[load_image]),
    _base_.targets,
    _base_.pack,
]
val_pipeline = _base_.val_pipeline
val_pipeline[1].update(input_size=input_size)
train_dataloader = dict(num_workers=4, pin_memory=True, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(num_workers=4, pin_memory=True, dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

# lrfg train --data lowers the learning rate where all keypoints start from the weights.
train_cfg = dict(max_epochs=30, val_interval=3)
