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
        pyramid=dict(type='FGCSPP'),
        ghost=True,
        implicit=True),
    head=dict(
        type='YOLOPoseHead',
        num_keypoints=17,
        sigmas=(0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107,
                0.107, 0.087, 0.087, 0.089, 0.089),
        head_module=dict(
            type='YOLOPoseHeadModule', widen_factor=widen_factor, implicit=True),
        loss=dict(type='YOLOPoseLoss', batch_size=64)),
    test_cfg=dict(
        score_thr=0.001,  # for evaluation, as YOLO-Pose; prediction has a threshold of its own
        nms_thr=0.65,
        nms_pre=3000,
        max_per_img=100,
        merge_thr=1.0,  # nothing, as in YOLO-Pose
        flip_test=False))
