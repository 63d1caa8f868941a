"""Bottom-up models: those of the paper's Table 2, and what they grew from."""

from mmpose_lrfg.benchmark.entry import TEST_DEV, Entry, Published
from mmpose_lrfg.benchmark.networks import dense_resnet, efficient_hrnet, openpose

BODY = 'mmpose::body_2d_keypoint'
AE = f'{BODY}/associative_embedding/coco/ae_hrnet-w32_8xb24-300e_coco-512x512.py'
HIGHER = 'higherhrnet'
NOT_GROUPED = 'its grouping of keypoints into people is not part of MMPose; network only'
HOURGLASS = {
    'model.backbone': dict(
        _delete_=True, type='HourglassAENet', num_stacks=4, out_channels=34, init_cfg=None
    ),
    'model.neck': dict(type='FeatureMapProcessor', select_index=3),
    'model.head': dict(in_channels=34, final_layer=None),
}


def networks() -> list[Entry]:
    """Table 2 first."""
    return [*table_2(), *others()]


def table_2() -> list[Entry]:
    """In the order of the paper's Table 2."""
    return [
        Entry(
            'hourglass-ae',
            'Hourglass (associative embedding)',
            'bottom-up',
            (512, 512),
            config=AE,
            options=HOURGLASS,
            groups=('table2',),
            paper_params=277.8,
            paper_ap=56.6,
            paper_ap_images=TEST_DEV,
            published_macs=206.9,
            published=Published(56.6, 'Cheng et al. 2020 (HigherHRNet)', TEST_DEV, True),
            counted='exactly half: four stacks with 68 outputs have 138.92 M, and 277.8 is twice '
            'that; 34 outputs here, one heatmap and one tag each',
        ),
        Entry(
            'openpose-vgg19',
            'OpenPose VGG-19',
            'bottom-up',
            (368, 368),
            build=openpose.OpenPose,
            groups=('table2',),
            paper_ap=61.8,
            paper_ap_images=TEST_DEV,
            published=Published(
                61.8,
                'Cao et al. 2017',
                TEST_DEV,
                None,
                note='several scales, each pose refined by a second network',
            ),
            no_poses=NOT_GROUPED,
        ),
        Entry(
            'efficienthrnet-h0',
            'EfficientHRNet-H0',
            'bottom-up',
            (512, 512),
            build=efficient_hrnet.EfficientHRNetH0,
            groups=('table2',),
            paper_params=23.3,
            paper_ap=64.8,
            published_macs=25.6,
            published=Published(64.8, 'Neff et al. 2020', flip=True),
            counted="built from the authors' configurations (two blocks a branch); four blocks, as "
            'in HRNet, give 32.5, so 23.3 is neither',
            no_poses=NOT_GROUPED,
        ),
        Entry(
            'personlab-r152',
            'PersonLab R152',
            'bottom-up',
            (1401, 1401),
            build=dense_resnet.personlab,
            groups=('table2',),
            paper_params=68.7,
            paper_ap=66.5,
            paper_ap_images=TEST_DEV,
            published_macs=405.5,
            published=Published(66.5, 'Papandreou et al. 2018', TEST_DEV, True),
            counted='ResNet-152 and one convolution to 150 fields, as PersonLab says, have 58.5 M; '
            "68.7 is what three deconvolutions (SimpleBaseline's, 256 channels) before those "
            '150 fields give',
            no_poses=NOT_GROUPED,
        ),
        Entry(
            'pifpaf-r152',
            'PifPaf R152',
            'bottom-up',
            (641, 641),
            build=dense_resnet.pifpaf,
            groups=('table2',),
            paper_ap=66.7,
            paper_ap_images=TEST_DEV,
            published=Published(66.7, 'Kreiss et al. 2019', TEST_DEV, None),
            no_poses=NOT_GROUPED,
        ),
        Entry(
            'higherhrnet-w32',
            'HigherHRNet-W32',
            'bottom-up',
            (512, 512),
            config=f'{HIGHER}/higherhrnet_hrnet-w32_coco-512x512.py',
            groups=('table2',),
            paper_params=28.6,
            paper_ap=67.1,
            published_macs=47.9,
            published=Published(67.1, 'Cheng et al. 2020', flip=True),
        ),
        Entry(
            'dekr-w32',
            'DEKR W32',
            'bottom-up',
            (512, 512),
            config=f'{BODY}/dekr/coco/dekr_hrnet-w32_8xb10-140e_coco-512x512.py',
            groups=('table2',),
            paper_params=29.6,
            paper_ap=68.0,
            published_macs=45.4,
            published=Published(68.6, 'MMPose 1.3, model zoo', flip=True, note='rescored'),
        ),
    ]


def others() -> list[Entry]:
    """Larger variants, and associative embedding on HRNet."""
    return [
        Entry(
            'higherhrnet-w32-640',
            'HigherHRNet-W32, 640',
            'bottom-up',
            (640, 640),
            config=f'{HIGHER}/higherhrnet_hrnet-w32_coco-640x640.py',
            published=Published(68.5, 'Cheng et al. 2020', flip=True),
        ),
        Entry(
            'higherhrnet-w48',
            'HigherHRNet-W48, 640',
            'bottom-up',
            (640, 640),
            config=f'{HIGHER}/higherhrnet_hrnet-w48_coco-640x640.py',
            published_macs=154.3,
            published=Published(69.9, 'Cheng et al. 2020', flip=True),
        ),
        Entry(
            'ae-hrnet-w32',
            'Associative embedding, HRNet-W32',
            'bottom-up',
            (512, 512),
            config=AE,
            # Without flipping, MMPose 1.3's head takes a list, and HRNet returns a tuple.
            options={'model.neck': dict(type='FeatureMapProcessor', select_index=0)},
            groups=('peers',),
            published_macs=38.9,
            published=Published(65.6, 'MMPose 1.3, model zoo', flip=True),
        ),
        Entry(
            'dekr-w48',
            'DEKR W48, 640',
            'bottom-up',
            (640, 640),
            config=f'{BODY}/dekr/coco/dekr_hrnet-w48_8xb10-140e_coco-640x640.py',
            published_macs=141.5,
            published=Published(71.4, 'MMPose 1.3, model zoo', flip=True, note='rescored'),
        ),
    ]
