# RTMDet-m for people alone: what MMPose's demonstrations of top-down models detect with.
_base_ = 'mmdet::rtmdet/rtmdet_m_8xb32-300e_coco.py'

model = dict(backbone=dict(init_cfg=None), bbox_head=dict(num_classes=1))
