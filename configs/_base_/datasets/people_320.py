# Any COCO-style folder: train/, val/, annotations/train.json and annotations/val.json, as
# tools/make_synthetic.py writes it; at 320 pixels, for a CPU.
_base_ = './coco_320.py'

data_root = 'data/people/'
train_dataloader = dict(
    dataset=dict(
        data_root=data_root, ann_file='annotations/train.json', data_prefix=dict(img='train/')))
val_dataloader = dict(
    dataset=dict(
        data_root=data_root, ann_file='annotations/val.json', data_prefix=dict(img='val/')))
test_dataloader = val_dataloader

val_evaluator = dict(ann_file=data_root + 'annotations/val.json')
test_evaluator = val_evaluator
