# CrowdPose: 14 keypoints, with MMPose's metainfo and annotation files, and AP by crowding.
_base_ = ['../lrfg/lrfg-s6_1xb32-80e_coco-640.py', 'mmpose::_base_/datasets/crowdpose.py']

data_root = 'data/crowdpose/'
metainfo = {{_base_.dataset_info}}
model = dict(head=dict(metainfo=metainfo))

train_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        metainfo=metainfo,
        ann_file='annotations/mmpose_crowdpose_trainval.json',
        data_prefix=dict(img='images/')))
val_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        metainfo=metainfo,
        ann_file='annotations/mmpose_crowdpose_test.json',
        data_prefix=dict(img='images/')))
test_dataloader = val_dataloader

# The files have no areas; CrowdPose's evaluation takes 0.53 of the box.
val_evaluator = dict(
    ann_file=data_root + 'annotations/mmpose_crowdpose_test.json',
    iou_type='keypoints_crowd',
    use_area=False)
test_evaluator = val_evaluator
