# Network 2 of the paper's Table 1: FGCSPP alone. 21.5 M parameters, AP 64.5 in the paper.
_base_ = './net1_yolopose.py'

model = dict(neck=dict(spp=dict(type='FGCSPP')))
