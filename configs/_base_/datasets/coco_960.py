# COCO at 960 x 960 pixels.
_base_ = './coco_640.py'

input_size = (960, 960)
load_image = dict(_base_.load_image, long_side=max(input_size))
train_pipeline = [
    dict(type='MosaicAffine', input_size=input_size, load=[load_image]),
    _base_.targets,
    _base_.pack,
]
val_pipeline = _base_.val_pipeline
val_pipeline[1].update(input_size=input_size)

train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
