# For a CPU and a small data set: the nano network at 320 pixels, no accumulation, a short schedule.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6.py',
    '../_base_/datasets/people_320.py',
    '../_base_/schedules/adamw_short.py',
]
