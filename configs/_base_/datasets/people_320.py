# A folder with train/, val/, annotations/train.json and annotations/val.json, as
# lrfg synthesize writes it; at 320 x 320 pixels, for a CPU.
_base_ = './coco_640.py'

data_root = 'data/people/'
input_size = (320, 320)
load_image = dict(_base_.load_image, long_side=max(input_size))
# Single images: people in mosaics are smaller, which takes longer to learn.
train_pipeline = [
    dict(
        type='MosaicAffine',
        input_size=input_size,
        load=[load_image],
        mosaic_prob=0.0,
        scale=(0.9, 1.2),
        shift=0.05,
        hsv=(0.015, 0.4, 0.3)),
    _base_.targets,
    _base_.pack,
]
val_pipeline = _base_.val_pipeline
val_pipeline[1].update(input_size=input_size)

train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    pin_memory=False,
    dataset=dict(
        data_root=data_root,
        ann_file='annotations/train.json',
        data_prefix=dict(img='train/'),
        pipeline=train_pipeline))
val_dataloader = dict(
    num_workers=1,
    pin_memory=False,
    dataset=dict(
        data_root=data_root,
        ann_file='annotations/val.json',
        data_prefix=dict(img='val/'),
        pipeline=val_pipeline))
test_dataloader = val_dataloader

val_evaluator = dict(ann_file=data_root + 'annotations/val.json')
test_evaluator = val_evaluator
