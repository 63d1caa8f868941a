# OneHand10K: the 21 keypoints of COCO-WholeBody's hands, for which MMPose has sigmas. Left and right
# hands are one class, so a horizontal flip swaps no keypoints.
_base_ = ['../lrfg/lrfg-s6_1xb32-80e_coco-640.py', 'mmpose::_base_/datasets/coco_wholebody_hand.py']

data_root = 'data/onehand10k/'
metainfo = {{_base_.dataset_info}}
model = dict(head=dict(metainfo=metainfo))

train_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        metainfo=metainfo,
        ann_file='annotations/onehand10k_train.json',
        data_prefix=dict(img='')))
val_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        metainfo=metainfo,
        ann_file='annotations/onehand10k_test.json',
        data_prefix=dict(img='')))
test_dataloader = val_dataloader

val_evaluator = dict(ann_file=data_root + 'annotations/onehand10k_test.json')
test_evaluator = val_evaluator
