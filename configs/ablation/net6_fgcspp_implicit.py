# Network 6 of the paper's Table 1: FGCSPP and implicit knowledge. 20.4 M parameters, AP 64.8 in
# the paper.
_base_ = './net8_lrfg.py'

model = dict(backbone=dict(sca_stages=()))
