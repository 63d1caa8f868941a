_base_ = './lrfg_n6_scratch.py'

# One mean over the people of all levels: a level with a single one of them is no longer noise.
# Weights are three times those of the base, for as many levels as people usually are on.
model = dict(head=dict(loss=dict(
    level_means=False,
    loss_bbox=dict(type='CIoULoss', loss_weight=0.15),
    loss_keypoints=dict(loss_weight=0.9),
    vis_weight=0.3)))
