# Two GPUs of sixteen images; two iterations make a step of 64.
_base_ = './lrfg-s6-detector_1xb16-80e_coco-960.py'

optim_wrapper = dict(accumulative_counts=2)
