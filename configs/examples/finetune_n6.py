# Fine-tuning of the released weights N6 on a small data set, for a CPU: lrfg train --data DATA
# --weights n6. The data has the layout of configs/_base_/datasets/people_320.py.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6.py',
    '../_base_/datasets/people_320.py',
    '../_base_/schedules/adamw_short.py',
]
