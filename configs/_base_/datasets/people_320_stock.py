# As people_320, with MMPose's own transforms and no cache, to compare with.
_base_ = './people_320.py'

input_size = (320, 320)
codec = dict(type='YOLOXPoseAnnotationProcessor', input_size=input_size)

train_pipeline = [
    dict(type='LoadImageOrSkip'),
    dict(
        type='Mosaic',
        img_scale=input_size,
        pad_val=114,
        pre_transform=[dict(type='LoadImageOrSkip')]),
    # The mosaic is twice the input on both sides: taking 1/3 to all of it scales by 1.5 to 0.5.
    dict(
        type='BottomupRandomAffine',
        input_size=input_size,
        scale_factor=(1 / 3, 1.0),
        shift_factor=0.05,
        rotate_prob=0,
        distribution='uniform',
        pad_val=114,
        bbox_keep_corner=False,
        clip_border=True),
    dict(type='YOLOXHSVRandomAug', hue_delta=3, saturation_delta=70, value_delta=50),
    dict(type='RandomFlip'),
    dict(
        type='FilterAnnotations',
        by_box=True,
        by_kpt=True,
        min_gt_bbox_wh=(4, 4),
        keep_empty=False),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPlanes'),
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
