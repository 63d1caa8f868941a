# Other objects and keypoints: two classes, four corners. Copy this file and cards_metainfo.py and
# change the names. data/cards has the layout of configs/_base_/datasets/people_320.py.
_base_ = ['../lrfg/lrfg-n6_1xb8-8e_people-320.py', './cards_metainfo.py']

data_root = 'data/cards/'
metainfo = {{_base_.dataset_info}}
model = dict(
    head=dict(
        metainfo=metainfo,
        # Where the keypoints are on average, relative to the box's centre and sides; or None.
        keypoint_prior=[(-0.4, -0.4), (0.4, -0.4), (0.4, 0.4), (-0.4, 0.4)]))

train_dataloader = dict(dataset=dict(data_root=data_root, metainfo=metainfo))
val_dataloader = dict(dataset=dict(data_root=data_root, metainfo=metainfo))
test_dataloader = val_dataloader

val_evaluator = dict(ann_file=data_root + 'annotations/val.json')
test_evaluator = val_evaluator
