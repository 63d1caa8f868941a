# Network 3 of the paper's Table 1: SCA alone. 14.3 M parameters, AP 65.5 in the paper.
_base_ = './net8_lrfg.py'

model = dict(
    neck=dict(spp=dict(type='SPP'), ghost=False, implicit=False),
    head=dict(head_module=dict(implicit=False)))
