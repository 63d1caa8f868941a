# Network 5 of the paper's Table 1: FGCSPP and SCA. 20.7 M parameters, AP 66.1 in the paper.
_base_ = './net8_lrfg.py'

model = dict(
    neck=dict(ghost=False, implicit=False),
    head=dict(head_module=dict(implicit=False)))
