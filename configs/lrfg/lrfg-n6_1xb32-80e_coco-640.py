_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6.py',
    '../_base_/datasets/coco_640.py',
    '../_base_/schedules/sgd_80e.py',
]

# 2 x 32 images make a step of 64 images.
optim_wrapper = dict(accumulative_counts=2)
