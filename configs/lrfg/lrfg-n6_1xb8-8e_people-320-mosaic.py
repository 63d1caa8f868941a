# Mosaics of four pictures, by our transforms; with MMPose's own: ...-mosaic-stock.py
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6_scratch.py',
    '../_base_/datasets/people_320.py',
    '../_base_/schedules/adamw_short.py',
]

train_dataloader = dict(batch_size=8)
