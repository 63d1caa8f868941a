# A convolutional stem, one 1x1 convolution for the keypoints, ReLU except in the SPP.
_base_ = './yolopose-s6_1xb32-80e_coco-640.py'

act_cfg = dict(type='ReLU')
model = dict(
    backbone=dict(stem='conv3x2', act_cfg=act_cfg, spp=dict(act_cfg=dict(type='SiLU'))),
    neck=dict(act_cfg=act_cfg),
    head=dict(head_module=dict(keypoint_blocks=0, act_cfg=act_cfg)))
