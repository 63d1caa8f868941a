# From random weights and few images: help that the network that predicts does not need.
_base_ = './lrfg_s6.py'

widen_factor = 0.25
# Statistics that follow the weights within a few steps.
norm_cfg = dict(type='BN', momentum=0.1, eps=0.001)
model = dict(
    backbone=dict(widen_factor=widen_factor, norm_cfg=norm_cfg),
    neck=dict(widen_factor=widen_factor, norm_cfg=norm_cfg),
    head=dict(
        head_module=dict(widen_factor=widen_factor, norm_cfg=norm_cfg),
        # The mean person of COCO's training labels, in parts of the box from its centre.
        keypoint_prior=[
            (-0.01, -0.32), (0.01, -0.35), (-0.03, -0.35), (0.04, -0.35), (-0.06, -0.35),
            (0.09, -0.21), (-0.11, -0.21), (0.14, -0.05), (-0.15, -0.05), (0.08, -0.01),
            (-0.10, -0.02), (0.06, 0.10), (-0.07, 0.11), (0.05, 0.22), (-0.06, 0.22),
            (0.05, 0.41), (-0.06, 0.41)],
        # Where joints are, taught to the finest level of the neck (64 channels).
        auxiliary=dict(type='AuxiliaryHeatmaps', in_channels=64, loss_weight=0.75),
        loss=dict(
            # The weights below are used as they are, whatever the input size.
            scale_gains=False,
            # Anchors near the person's size only: each has less to tell apart.
            assigner=dict(type='AnchorRatioAssigner', ratio_thr=2.5),
            # Keypoints first, also those that are still far away; who is visible can wait.
            loss_keypoints=dict(loss_weight=0.3, pull=1.0),
            vis_weight=0.1)),
    # What several anchors say of a person is better than what the best one says.
    test_cfg=dict(merge_thr=0.8))
