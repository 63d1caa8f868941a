# As lrfg-n6_1xb8-8e_people-320-mosaic.py, by MMPose's own transforms, to compare with.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6_scratch.py',
    '../_base_/datasets/people_320_stock.py',
    '../_base_/schedules/adamw_short.py',
]

train_dataloader = dict(batch_size=8)
