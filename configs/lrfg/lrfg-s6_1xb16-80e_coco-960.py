_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_s6.py',
    '../_base_/datasets/coco_960.py',
    '../_base_/schedules/sgd_80e.py',
]

# 4 x 16 images make a step of 64 images.
optim_wrapper = dict(accumulative_counts=4)
