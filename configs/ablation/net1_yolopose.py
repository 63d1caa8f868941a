# Network 1 of the paper's Table 1: YOLO-Pose. 15.1 M parameters, AP 63.8 in the paper.
# The SPP stands at the neck's entrance, as in the other seven, so that each network differs
# from its neighbours by one change alone; configs/yolopose has it inside the backbone.
_base_ = './net8_lrfg.py'

model = dict(
    backbone=dict(sca_stages=()),
    neck=dict(spp=dict(type='SPP'), ghost=False, implicit=False),
    head=dict(head_module=dict(implicit=False)))
