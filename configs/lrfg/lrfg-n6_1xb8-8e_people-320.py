# A small data set and a CPU: the nano network at 320 pixels, a few minutes from random weights.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6_scratch.py',
    '../_base_/datasets/people_320.py',
    '../_base_/schedules/adamw_short.py',
]

optim_wrapper = dict(optimizer=dict(fused=True))
