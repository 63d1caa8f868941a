# Network 7 of the paper's Table 1: SCA and implicit knowledge. 13.1 M parameters, AP 65.9 in the
# paper.
_base_ = './net8_lrfg.py'

model = dict(neck=dict(spp=dict(type='SPP')))
