# Network 3 of the paper's Table 1: SCA alone. 14.3 M parameters, AP 65.5 in the paper.
_base_ = './net1_yolopose.py'

model = dict(backbone=dict(sca_stages=(4, 5)))
