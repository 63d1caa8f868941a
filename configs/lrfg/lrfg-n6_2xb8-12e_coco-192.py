# First lessons from few photographs on a CPU: small inputs, each brought near to one of its people.
# Two processes of one thread are faster there than one of two: tools/dist_train.sh CONFIG 2
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6_scratch.py',
    '../_base_/datasets/coco_320.py',
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
train_dataloader = dict(
    num_workers=0, persistent_workers=False, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

max_epochs = 12
base_lr = 1e-3
optim_wrapper = dict(optimizer=dict(lr=base_lr, fused=True))
# Never down: that is the second stage's, lrfg-n6_2xb8-6e_coco-320.py
param_scheduler = [dict(type='LinearLR', start_factor=1e-2, by_epoch=False, end=100)]
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
