# The first lessons, on a CPU: small inputs, each brought near to one of its people.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6_scratch.py',
    '../_base_/datasets/people_320.py',
    '../_base_/schedules/adamw_scratch.py',
]

input_size = (192, 192)
train_pipeline = [
    dict(
        type='MosaicAffine',
        input_size=input_size,
        # Decoded at 320: there is something to bring nearer.
        load=[{{_base_.load_image}}],
        mosaic_prob=0.0,
        focus_prob=0.8,
        focus=(0.35, 1.0),
        shift=0.15,
        rotate=10.0),
    dict(
        type='GenerateTarget',
        encoder=dict(type='YOLOXPoseAnnotationProcessor', input_size=input_size)),
    {{_base_.pack}},
]
val_pipeline = [
    dict(type='LoadImageOrSkip'),
    dict(type='BottomupResize', input_size=input_size, size_factor=64, pad_val=(114, 114, 114)),
    dict(
        type='PackPoseInputs',
        meta_keys=('id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size',
                   'input_center', 'input_scale', 'flip_indices', 'raw_ann_info')),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
