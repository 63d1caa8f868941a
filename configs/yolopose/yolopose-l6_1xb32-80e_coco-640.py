_base_ = './yolopose-s6_1xb32-80e_coco-640.py'

deepen_factor = 1.0
widen_factor = 1.0
model = dict(
    backbone=dict(deepen_factor=deepen_factor, widen_factor=widen_factor),
    neck=dict(deepen_factor=deepen_factor, widen_factor=widen_factor),
    head=dict(head_module=dict(widen_factor=widen_factor)))
