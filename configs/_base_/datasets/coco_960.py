# As coco_640, at 960 pixels: a config cannot pass a size down into a pipeline it inherits.
_base_ = './coco_640.py'

input_size = (960, 960)
codec = dict(type='YOLOXPoseAnnotationProcessor', input_size=input_size)

# Four images, decoded once and kept in shared memory, warped straight into one input. The same
# in MMPose's own transforms, several times slower: coco_640_stock.py
load_image = dict(type='LoadCachedImage', long_side=960, budget='auto', copy=False)
train_pipeline = [
    dict(type='MosaicAffine', input_size=input_size, load=[load_image]),
    dict(type='GenerateTarget', encoder=codec),
    # Without the raw annotations, which only evaluation reads, there is less to send.
    dict(
        type='PackPlanes',
        meta_keys=('id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size',
                   'flip_indices')),
]

val_pipeline = [
    dict(type='LoadImageOrSkip'),
    dict(type='BottomupResize', input_size=input_size, size_factor=64, pad_val=(114, 114, 114)),
    {{_base_.pack_test}},
]

train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
