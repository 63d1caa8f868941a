# Before the first photograph: people that are rendered, as many as it takes. The checkpoint goes to
# load_from of lrfg-n6_1xb16-12e_coco-192.py or another config for photographs.
#   python tools/make_synthetic.py data/people --train 2400 --val 100 --size 384
_base_ = './lrfg-n6_1xb16-12e_coco-192.py'

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

# Never down: photographs follow.
param_scheduler = [dict(type='LinearLR', start_factor=1e-2, by_epoch=False, end=100)]
max_epochs = 6
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
