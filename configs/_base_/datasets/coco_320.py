# COCO, or a part of it, at 320 pixels, for a CPU.
_base_ = './coco_640.py'

input_size = (320, 320)
codec = dict(type='YOLOXPoseAnnotationProcessor', input_size=input_size)

# Four images, decoded once and kept in shared memory, warped straight into one input. The same
# in MMPose's own transforms, several times slower: people_320_stock.py
load_image = dict(type='LoadCachedImage', long_side=320, budget='auto', copy=False)
targets = dict(type='GenerateTarget', encoder=codec)
# Without the raw annotations, which only evaluation reads, there is less to send.
pack = dict(
    type='PackPlanes',
    meta_keys=('id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size',
               'flip_indices'))
train_pipeline = [
    dict(type='MosaicAffine', input_size=input_size, load=[load_image]), targets, pack]

val_pipeline = [
    dict(type='LoadImageOrSkip'),
    dict(type='BottomupResize', input_size=input_size, size_factor=64, pad_val=(114, 114, 114)),
    {{_base_.pack_test}},
]

train_dataloader = dict(
    batch_size=16, num_workers=1, pin_memory=False, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(num_workers=1, pin_memory=False, dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
