# Fine-tuning of the released weights N6 on a small data set, for a CPU: lrfg train --data DATA
# --weights n6. The data has the layout of configs/_base_/datasets/people_320.py.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/lrfg_n6_scratch.py',
    '../_base_/datasets/people_320.py',
    '../_base_/schedules/adamw_short.py',
]

model = dict(
    head=dict(
        auxiliary=None,  # it helps trainings from random weights
        # The losses that the weights were trained with.
        level_means=False,
        loss_bbox=dict(loss_weight=0.15),
        loss_oks=dict(loss_weight=0.9),
        loss_vis=dict(loss_weight=0.3),
        obj_target='oks'))

# lrfg train --data lowers it to 5e-4 where all keypoints start from the weights.
optim_wrapper = dict(optimizer=dict(lr=2e-3))
train_cfg = dict(max_epochs=30, val_interval=3)
