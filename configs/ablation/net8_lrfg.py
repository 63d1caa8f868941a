# Network 8 of the paper's Table 1: all three changes. 19.5 M parameters, AP 66.4 in the paper.
_base_ = '../lrfg/lrfg-s6_1xb32-80e_coco-640.py'
