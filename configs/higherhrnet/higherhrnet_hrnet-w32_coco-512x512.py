# HigherHRNet (Cheng et al., CVPR 2020), 28.6 M parameters, AP 67.1 in the paper. Backbone, schedule
# and data come from MMPose's config of HRNet with associative embedding.
_base_ = 'mmpose::body_2d_keypoint/associative_embedding/coco/ae_hrnet-w32_8xb24-300e_coco-512x512.py'
custom_imports = dict(imports=['mmpose_lrfg.register'], allow_failed_imports=False)

default_hooks = dict(
    checkpoint=dict(type='AtomicCheckpointHook', interval=10, max_keep_ckpts=3),
    non_finite=dict(type='NonFiniteLossHook'),
    image_loading=dict(type='ImageLoadingHook'),
    run_figures=dict(type='RunFiguresHook'),
    progress=dict(type='ProgressHook'))

input_size = (512, 512)
codec = dict(
    type='MultiScaleAssociativeEmbedding',
    input_size=input_size,
    strides=(4, 2),
    sigma=2,
    decode_topk=30,
    decode_center_shift=0.5,
    decode_keypoint_order=[0, 1, 2, 3, 4, 5, 6, 11, 12, 7, 8, 9, 10, 13, 14, 15, 16],
    decode_max_instances=30)

model = dict(
    head=dict(
        _delete_=True,
        type='HigherHRHead',
        in_channels=32,
        num_keypoints=17,
        deconv_channels=(32,),
        decoder=codec))

train_pipeline = [
    dict(type='LoadImageOrSkip'),
    dict(type='BottomupRandomAffine', input_size=input_size, distribution='uniform'),
    dict(type='RandomFlip'),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='BottomupGetHeatmapMask'),
    dict(
        type='PackPlanes',
        meta_keys=('id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size')),
]
val_pipeline = [
    dict(type='LoadImageOrSkip'),
    dict(type='BottomupResize', input_size=input_size, size_factor=64, resize_mode='expand'),
    dict(
        type='PackPlanes',
        meta_keys=('id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size',
                   'input_center', 'input_scale', 'flip_indices', 'raw_ann_info')),
]

train_dataloader = dict(dataset=dict(type='CheckedCocoDataset', pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(type='CheckedCocoDataset', pipeline=val_pipeline))
test_dataloader = val_dataloader

val_evaluator = dict(type='FastCocoMetric')
test_evaluator = val_evaluator

# Replaces the codec of the base.
codec = dict(codec, _delete_=True)
