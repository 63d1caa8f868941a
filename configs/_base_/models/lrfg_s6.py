# LRFG-YoloPose s6: SCADK-Net, FGCSPP, implicit Ghost PANet, YOLO-Pose head; 19.5 M parameters.
deepen_factor = 0.33
widen_factor = 0.5

model = dict(
    type='BottomupPoseEstimator',
    # PyTorch's own default for convolutions, which YOLO models are trained from.
    init_cfg=dict(
        type='Kaiming',
        layer='Conv2d',
        a=5**0.5,
        distribution='uniform',
        mode='fan_in',
        nonlinearity='leaky_relu'),
    data_preprocessor=dict(
        type='PoseBatchPreprocessor',
        mean=[0, 0, 0],
        std=[255, 255, 255],
        bgr_to_rgb=True,
        pad_value=114 / 255,  # grey: images are padded after the division by std
        pad_size_divisor=64),
    backbone=dict(
        type='SCADKNet',
        deepen_factor=deepen_factor,
        widen_factor=widen_factor,
        sca_stages=(4, 5)),
    neck=dict(
        type='ImplicitGhostPAFPN',
        deepen_factor=deepen_factor,
        widen_factor=widen_factor,
        spp=dict(type='FGCSPP'),
        ghost=True,
        implicit=True),
    head=dict(
        type='YOLOPoseHead',  # COCO's keypoints; for others set metainfo, as in the data set
        head_module=dict(
            type='YOLOPoseHeadModule', widen_factor=widen_factor, implicit=True),
        assigner=dict(type='AnchorRatioAssigner', ratio_thr=4.0),
        # The weights of YOLO-Pose's hyper-parameter file, rescaled for the network (scale_gains).
        loss_bbox=dict(type='CIoULoss', loss_weight=0.05),
        loss_obj=dict(type='BCEWithLogitsLoss', loss_weight=1.0),
        loss_cls=dict(type='BCEWithLogitsLoss', loss_weight=0.5),
        loss_oks=dict(type='KeypointOKSLoss', loss_weight=0.10),
        loss_vis=dict(type='BCEWithLogitsLoss', loss_weight=0.5),
        batch_size=64),
    test_cfg=dict(
        score_thr=0.001,  # for evaluation, as YOLO-Pose; prediction has a threshold of its own
        nms_thr=0.65,
        nms_pre=3000,
        max_per_img=100,
        wnms_thr=1.0,  # no weighted NMS, as in YOLO-Pose
        flip_test=False))
