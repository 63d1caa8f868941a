# Network 2 of the paper's Table 1: FGCSPP alone. 21.5 M parameters, AP 64.5 in the paper.
_base_ = './net8_lrfg.py'

model = dict(
    backbone=dict(sca_stages=()),
    neck=dict(ghost=False, implicit=False),
    head=dict(head_module=dict(implicit=False)))
