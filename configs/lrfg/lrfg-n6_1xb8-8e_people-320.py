# For a CPU, a small data set and a few minutes: the nano network at 320 pixels, from scratch.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6.py',
    '../_base_/datasets/people_320.py',
    '../_base_/schedules/adamw_short.py',
]

# Statistics that follow the weights within a few steps, for there are only a few hundred.
norm_cfg = dict(type='BN', momentum=0.1, eps=0.001)
model = dict(
    backbone=dict(norm_cfg=norm_cfg),
    neck=dict(norm_cfg=norm_cfg),
    head=dict(
        head_module=dict(norm_cfg=norm_cfg),
        # Keypoints first, also those that are still far away; who is visible can wait.
        loss=dict(loss_keypoints=dict(loss_weight=0.3, pull=0.5), vis_weight=0.1)))

# One picture at a time: a mosaic makes everyone smaller, which takes longer to learn.
input_size = (320, 320)
train_pipeline = [
    dict(type='LoadImageOrSkip'),
    dict(
        type='BottomupRandomAffine',
        input_size=input_size,
        scale_factor=(0.9, 1.2),
        shift_factor=0.05,
        rotate_prob=0,
        scale_type='long',
        distribution='uniform',
        pad_val=114,
        bbox_keep_corner=False,
        clip_border=True),
    dict(type='YOLOXHSVRandomAug', hue_delta=3, saturation_delta=40, value_delta=40),
    dict(type='RandomFlip'),
    dict(
        type='FilterAnnotations',
        by_box=True,
        by_kpt=False,
        min_gt_bbox_wh=(4, 4),
        keep_empty=False),
    dict(type='GenerateTarget', encoder=dict(type='YOLOXPoseAnnotationProcessor')),
    dict(type='PackPoseInputs'),
]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
