# COCO at 640 x 640 pixels. --img-size H W of the tools changes the size everywhere.
data_mode = 'bottomup'
data_root = 'data/coco/'
input_size = (640, 640)  # width, height, as MMPose's transforms take it

# Mosaics of four images: MMPose's Mosaic, BottomupRandomAffine, YOLOXHSVRandomAug and RandomFlip
# in one transform, on images that stay decoded in shared memory.
load_image = dict(type='LoadCachedImage', long_side=max(input_size), budget='auto')
codec = dict(type='YOLOXPoseAnnotationProcessor')
targets = dict(type='GenerateTarget', encoder=codec)
# Without the raw annotations, which only the evaluation reads.
pack = dict(
    type='PackPlanes',
    meta_keys=('id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size',
               'flip_indices'))
train_pipeline = [
    dict(type='MosaicAffine', input_size=input_size, load=[load_image]), targets, pack]

pack_test = dict(
    type='PackPlanes',
    meta_keys=('id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size', 'input_center',
               'input_scale', 'flip_indices', 'raw_ann_info'))
val_pipeline = [
    dict(type='LoadImageOrSkip'),
    dict(type='BottomupResize', input_size=input_size, size_factor=64, pad_val=(114, 114, 114)),
    pack_test,
]

train_dataloader = dict(
    batch_size=32,
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    collate_fn=dict(type='stack_collate'),  # one tensor a batch
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='CheckedCocoDataset',
        data_root=data_root,
        data_mode=data_mode,
        ann_file='annotations/person_keypoints_train2017.json',
        data_prefix=dict(img='train2017/'),
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
    type='FastCocoMetric',
    ann_file=data_root + 'annotations/person_keypoints_val2017.json',
    score_mode='bbox',
    nms_mode='none')
test_evaluator = val_evaluator
