# RTMDet-m for people, the detector of MMPose's top-down demos.
_base_ = 'mmdet::rtmdet/rtmdet_m_8xb32-300e_coco.py'

model = dict(backbone=dict(init_cfg=None), bbox_head=dict(num_classes=1))
