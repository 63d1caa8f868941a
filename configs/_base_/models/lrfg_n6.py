_base_ = './lrfg_s6.py'

widen_factor = 0.25
model = dict(
    backbone=dict(widen_factor=widen_factor),
    neck=dict(widen_factor=widen_factor),
    head=dict(head_module=dict(widen_factor=widen_factor)))
