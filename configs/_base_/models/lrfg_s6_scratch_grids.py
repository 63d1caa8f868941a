# The same for s6.
_base_ = './lrfg_n6_scratch_grids.py'

widen_factor = 0.5
model = dict(
    backbone=dict(widen_factor=widen_factor),
    neck=dict(widen_factor=widen_factor),
    head=dict(
        head_module=dict(widen_factor=widen_factor), auxiliary=dict(in_channels=128)))
