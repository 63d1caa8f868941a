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
        # Heatmaps on the finest level of the neck (64 channels), for training only.
        auxiliary=dict(type='AuxiliaryHeatmaps', in_channels=64, loss_weight=0.75),
        # The weights below are used as they are, whatever the input size.
        scale_gains=False,
        # Only anchors near the person's size, so that each covers a smaller range.
        assigner=dict(ratio_thr=2.5),
        # Keypoints first, also those still far away; visibility matters less.
        loss_oks=dict(loss_weight=0.3, aux_weight=1.0),
        loss_vis=dict(loss_weight=0.1)),
    # Weighted NMS: the mean of several anchors is more accurate than the best one.
    test_cfg=dict(wnms_thr=0.8))
