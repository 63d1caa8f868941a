data_mode = 'bottomup'
data_root = 'data/coco/'
input_size = (640, 640)
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
        by_kpt=False,
        min_gt_bbox_wh=(4, 4),
        keep_empty=False),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs'),
]

val_pipeline = [
    dict(type='LoadImageOrSkip'),
    dict(type='BottomupResize', input_size=input_size, size_factor=64, pad_val=(114, 114, 114)),
    dict(
        type='PackPoseInputs',
        meta_keys=('id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size',
                   'input_center', 'input_scale', 'flip_indices', 'raw_ann_info')),
]

train_dataloader = dict(
    batch_size=32,
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='CheckedCocoDataset',
        data_root=data_root,
        data_mode=data_mode,
        ann_file='annotations/person_keypoints_train2017.json',
        data_prefix=dict(img='train2017/'),
        filter_cfg=dict(filter_empty_gt=False, min_size=32),
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=16,
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='CheckedCocoDataset',
        data_root=data_root,
        data_mode=data_mode,
        ann_file='annotations/person_keypoints_val2017.json',
        data_prefix=dict(img='val2017/'),
        test_mode=True,
        pipeline=val_pipeline))
test_dataloader = val_dataloader

val_evaluator = dict(
    type='CocoMetric',
    ann_file=data_root + 'annotations/person_keypoints_val2017.json',
    score_mode='bbox',
    nms_mode='none')
test_evaluator = val_evaluator
