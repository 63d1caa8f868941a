# YOLO-Pose s6 as published: no attention, SPP inside the last stage of the backbone, a plain PANet.
_base_ = './lrfg_s6.py'

model = dict(
    backbone=dict(sca_stages=(), pyramid=dict(type='SPP')),
    neck=dict(pyramid=None, ghost=False, implicit=False),
    head=dict(head_module=dict(implicit=False)))
