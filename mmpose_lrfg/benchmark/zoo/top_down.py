"""Top-down models: those of the paper's Table 2, and RTMPose."""

from mmpose_lrfg.benchmark.entry import TEST_DEV, Entry, Published
from mmpose_lrfg.benchmark.networks import cpn, dense_resnet, mask_rcnn

BODY = 'mmpose::body_2d_keypoint'
# What MMPose's demonstrations find people with.
DETECTOR = 'comparison/rtmdet-m_person-640.py'
CPN = {
    'model.backbone': dict(out_indices=(0, 1, 2, 3), init_cfg=None),
    'model.neck': dict(type=cpn.CascadedPyramid.__name__),
    'model.head': dict(in_channels=17, deconv_out_channels=None, final_layer=None),
}
RTMPOSE_AP = {'s': 72.2, 'm': 75.8}


def networks() -> list[Entry]:
    """Table 2 first."""
    return [*table_2(), *rtmpose()]


def table_2() -> list[Entry]:
    """In the order of the paper's Table 2."""
    return [
        Entry(
            'mask-rcnn-r50',
            'Mask R-CNN R50-FPN',
            'top-down',
            (800, 1333),
            build=mask_rcnn.mask_rcnn,
            groups=('table2',),
            paper_ap=63.1,
            paper_ap_images=TEST_DEV,
            published=Published(65.0, "torchvision's weights COCO_V1", note='shorter side 800'),
        ),
        Entry(
            'g-rmi-r101',
            'G-RMI R101',
            'top-down',
            (353, 257),
            build=dense_resnet.g_rmi,
            groups=('table2',),
            paper_params=42.6,
            paper_ap=64.9,
            paper_ap_images=TEST_DEV,
            published_macs=57.0,
            published=Published(64.9, 'Papandreou et al. 2017', TEST_DEV, None),
            no_poses='its fusion of heatmaps and offsets and its detector are not part of MMPose; '
            'network only',
        ),
        Entry(
            'integral-r101',
            'Integral pose regression R101',
            'top-down',
            (256, 256),
            config=f'{BODY}/integral_regression/coco/ipr_res50_8xb64-210e_coco-256x256.py',
            options={'model.backbone': dict(depth=101)},
            detector=DETECTOR,
            groups=('table2',),
            paper_params=45.0,
            paper_ap=67.8,
            paper_ap_images=TEST_DEV,
            published_macs=11.0,
            published=Published(67.8, 'Sun et al. 2018', TEST_DEV, None),
            counted='ResNet-101 (42.5 M) with three deconvolutions of 256 channels, as the method '
            'is described and as MMPose builds it, has 53.0 M; 45.0 leaves 2.5 M for them',
        ),
        Entry(
            'cpn-r50',
            'CPN R50',
            'top-down',
            (256, 192),
            config=f'{BODY}/topdown_heatmap/coco/td-hm_res50_8xb64-210e_coco-256x192.py',
            options=CPN,
            detector=DETECTOR,
            groups=('table2',),
            paper_params=27.0,
            paper_ap=68.6,
            published_macs=6.2,
            published=Published(68.6, 'Chen et al. 2018', flip=True),
        ),
    ]


def rtmpose() -> list[Entry]:
    """The top-down model of today, with the detector that MMPose pairs it with."""
    return [
        Entry(
            f'rtmpose-{size}',
            f'RTMPose-{size} (with RTMDet-m)',
            'top-down',
            (256, 192),
            config=f'{BODY}/rtmpose/coco/rtmpose-{size}_8xb256-420e_aic-coco-256x192.py',
            detector=DETECTOR,
            groups=('peers',),
            published=Published(
                ap,
                'MMPose 1.3, model zoo',
                flip=True,
                note='boxes of a detector with AP 56.4; trained on AIC, too',
            ),
        )
        for size, ap in RTMPOSE_AP.items()
    ]
