# Two GPUs: no accumulation is needed.
_base_ = './lrfg-s6-detector_1xb32-80e_coco-640.py'

optim_wrapper = dict(accumulative_counts=1)
