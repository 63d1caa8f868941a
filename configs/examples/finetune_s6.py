# Fine-tuning of the released weights S6 on a small data set, for a GPU: lrfg train --data DATA
# --weights s6. The data has the layout of configs/_base_/datasets/people_320.py.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_s6.py',
    '../_base_/datasets/people_320.py',
    '../_base_/schedules/adamw_short.py',
]
