# YOLO-Pose's "ti_lite": a convolutional stem, one 1x1 convolution for the keypoints, ReLU except
# in the SPP.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/yolopose_s6.py',
    '../_base_/datasets/coco_640.py',
    '../_base_/schedules/sgd_80e.py',
]

act_cfg = dict(type='ReLU')
model = dict(
    backbone=dict(stem='conv3x2', act_cfg=act_cfg, spp=dict(act_cfg=dict(type='SiLU'))),
    neck=dict(act_cfg=act_cfg),
    head=dict(head_module=dict(keypoint_blocks=0, act_cfg=act_cfg)))

# 2 x 32 images make a step of 64 images.
optim_wrapper = dict(accumulative_counts=2)
