# Network 4 of the paper's Table 1: implicit knowledge and Ghost convolutions alone.
# 13.9 M parameters, AP 64.7 in the paper.
_base_ = './net8_lrfg.py'

model = dict(backbone=dict(sca_stages=()), neck=dict(spp=dict(type='SPP')))
