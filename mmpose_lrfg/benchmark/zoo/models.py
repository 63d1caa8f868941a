"""The models of the comparison, those of the paper's Table 2 first and in its order."""

from functools import partial

from torchvision.models.detection import keypointrcnn_resnet50_fpn

from mmpose_lrfg.benchmark.complexity import PAPER
from mmpose_lrfg.benchmark.networks import cpn, dense_fields, efficient_hrnet
from mmpose_lrfg.benchmark.zoo.entry import TEST_DEV, Entry, Published

BODY = 'mmpose::body_2d_keypoint'
AE = f'{BODY}/associative_embedding/coco/ae_hrnet-w32_8xb24-300e_coco-512x512.py'
HIGHER = 'higherhrnet/higherhrnet_hrnet'
DETECTOR = 'comparison/rtmdet-m_person-640.py'  # of MMPose's demonstrations
NOT_GROUPED = 'its grouping of keypoints into people is not part of MMPose; network only'
NOT_FUSED = 'its fusion of heatmaps and offsets is not part of MMPose; network only'
ZOO = 'MMPose 1.3, model zoo'
CHENG = 'Cheng et al. 2020'
IN_TABLE_2 = {
    'net1_yolopose': 'YoloPose (Darknet-csp-d53-s)',
    'net8_lrfg': 'LRFG-YoloPose, the paper',
}

HOURGLASS = {
    'model.backbone': dict(
        _delete_=True, type='HourglassAENet', num_stacks=4, out_channels=34, init_cfg=None
    ),
    'model.neck': dict(type='FeatureMapProcessor', select_index=3),
    'model.head': dict(in_channels=34, final_layer=None),
}
CPN = {
    'model.backbone': dict(out_indices=(0, 1, 2, 3), init_cfg=None),
    'model.neck': dict(type=cpn.CascadedPyramid.__name__),
    'model.head': dict(in_channels=17, deconv_out_channels=None, final_layer=None),
}
# Without flipping, MMPose 1.3's head takes a list, and HRNet returns a tuple.
FIRST_MAP = {'model.neck': dict(type='FeatureMapProcessor', select_index=0)}

top_down = partial(Entry, kind='top-down')
bottom_up = partial(Entry, kind='bottom-up')
one_stage = partial(Entry, kind='one-stage')
table_2 = dict(groups=('table2',))
peer = dict(groups=('peers',))
PEER = dict(s=dict(groups=('peers', 'small')), m=peer, l=peer)

# fmt: off
TABLE_2 = [
    top_down('mask-rcnn-r50', 'Mask R-CNN R50-FPN', shape=(800, 1333), paper_ap=63.1, **table_2,
             build=partial(keypointrcnn_resnet50_fpn, weights=None, weights_backbone=None),
             published=Published(65.0, "torchvision's weights COCO_V1", note='shorter side 800')),
    top_down('g-rmi-r101', 'G-RMI R101', shape=(353, 257), build=dense_fields.g_rmi, **table_2,
             paper_params=42.6, paper_ap=64.9, no_poses=NOT_FUSED,
             published=Published(64.9, 'Papandreou et al. 2017', TEST_DEV, None)),
    top_down('integral-r101', 'Integral pose regression R101', shape=(256, 256), **table_2,
             config=f'{BODY}/integral_regression/coco/ipr_res50_8xb64-210e_coco-256x256.py',
             options={'model.backbone': dict(depth=101)}, detector=DETECTOR,
             paper_params=45.0, paper_ap=67.8,
             published=Published(67.8, 'Sun et al. 2018', TEST_DEV, None),
             counted='ResNet-101 (42.5 M) with three deconvolutions of 256 channels, as in MMPose, '
                     'has 53.0 M; 45.0 leaves 2.5 M for them'),
    top_down('cpn-r50', 'CPN R50', shape=(256, 192), options=CPN, detector=DETECTOR, **table_2,
             config=f'{BODY}/topdown_heatmap/coco/td-hm_res50_8xb64-210e_coco-256x192.py',
             paper_params=27.0, paper_ap=68.6,
             published=Published(68.6, 'Chen et al. 2018', flip=True)),
    bottom_up('hourglass-ae', 'Hourglass (associative embedding)', shape=(512, 512), **table_2,
              config=AE, options=HOURGLASS, paper_params=277.8, paper_ap=56.6,
              published=Published(56.6, f'{CHENG} (HigherHRNet)', TEST_DEV, True),
              counted='four stacks with 68 outputs have 138.92 M, and 277.8 is twice that; 34 '
                      'outputs here, one heatmap and one tag each'),
    bottom_up('openpose-vgg19', 'OpenPose VGG-19', shape=(368, 368), build=dense_fields.OpenPose,
              paper_ap=61.8, no_poses=NOT_GROUPED, **table_2,
              published=Published(61.8, 'Cao et al. 2017', TEST_DEV, None,
                                  'several scales, each pose refined by a second network')),
    bottom_up('efficienthrnet-h0', 'EfficientHRNet-H0', shape=(512, 512), **table_2,
              build=efficient_hrnet.efficient_hrnet_h0, paper_params=23.3, paper_ap=64.8,
              published=Published(64.8, 'Neff et al. 2020', flip=True), no_poses=NOT_GROUPED,
              counted="the authors' configurations have two blocks a branch; four, as in HRNet, "
                      'give 32.5'),
    bottom_up('personlab-r152', 'PersonLab R152', shape=(1401, 1401), build=dense_fields.personlab,
              paper_params=68.7, paper_ap=66.5, no_poses=NOT_GROUPED, **table_2,
              published=Published(66.5, 'Papandreou et al. 2018', TEST_DEV, True),
              counted='ResNet-152 and one convolution to 150 fields have 58.5 M; three '
                      "deconvolutions (SimpleBaseline's) before it give 68.7"),
    bottom_up('pifpaf-r152', 'PifPaf R152', shape=(641, 641), build=dense_fields.pifpaf, **table_2,
              paper_ap=66.7, published=Published(66.7, 'Kreiss et al. 2019', TEST_DEV, None),
              no_poses=NOT_GROUPED),
    bottom_up('higherhrnet-w32', 'HigherHRNet-W32', shape=(512, 512), **table_2,
              config=f'{HIGHER}-w32_coco-512x512.py', paper_params=28.6, paper_ap=67.1,
              published=Published(67.1, CHENG, flip=True)),
    bottom_up('dekr-w32', 'DEKR W32', shape=(512, 512), paper_params=29.6, paper_ap=68.0, **table_2,
              config=f'{BODY}/dekr/coco/dekr_hrnet-w32_8xb10-140e_coco-512x512.py',
              published=Published(68.6, ZOO, flip=True, note='rescored')),
]
OURS = [
    one_stage(name, IN_TABLE_2.get(name, f'{name.partition("_")[0]} of the ablation'),
              shape=(640, 640), config=f'ablation/{name}.py', paper_params=params, paper_ap=ap,
              groups=('ours', 'ablation', *(('table2', 'small') if name in IN_TABLE_2 else ())),
              published=Published(63.8, 'Maji et al. 2022', note='960 pixels')
              if name == 'net1_yolopose' else None)
    for name, (params, ap) in PAPER.items()
] + [
    one_stage(f'lrfg-{size}6', f'LRFG-YoloPose {size}6', shape=(640, 640), groups=('ours', 'sizes'),
              config=f'lrfg/lrfg-{size}6_1xb32-80e_coco-640.py')
    for size in 'nsml'
]
RTMO = {'s': ('8xb32', 67.7), 'm': ('16xb16', 70.9), 'l': ('16xb16', 72.4)}
OTHERS = [
    bottom_up('higherhrnet-w32-640', 'HigherHRNet-W32, 640', shape=(640, 640),
              config=f'{HIGHER}-w32_coco-640x640.py', published=Published(68.5, CHENG, flip=True)),
    bottom_up('higherhrnet-w48', 'HigherHRNet-W48, 640', shape=(640, 640),
              config=f'{HIGHER}-w48_coco-640x640.py', published=Published(69.9, CHENG, flip=True)),
    bottom_up('ae-hrnet-w32', 'Associative embedding, HRNet-W32', shape=(512, 512), config=AE,
              options=FIRST_MAP, published=Published(65.6, ZOO, flip=True), **peer),
    bottom_up('dekr-w48', 'DEKR W48, 640', shape=(640, 640),
              config=f'{BODY}/dekr/coco/dekr_hrnet-w48_8xb10-140e_coco-640x640.py',
              published=Published(71.4, ZOO, flip=True, note='rescored')),
    *(one_stage(f'rtmo-{size}', f'RTMO-{size}', shape=(640, 640),
                config=f'{BODY}/rtmo/coco/rtmo-{size}_{batch}-600e_coco-640x640.py',
                published=Published(ap, 'Lu et al. 2024'), **PEER[size])
      for size, (batch, ap) in RTMO.items()),
    *(one_stage(f'yoloxpose-{size}', f'YOLOX-Pose-{size}', shape=(640, 640),
                config=f'{BODY}/yoloxpose/coco/yoloxpose_{size}_8xb32-300e_coco-640.py',
                published=Published(ap, ZOO), **PEER[size])
      for size, ap in (('s', 64.1), ('m', 69.5), ('l', 71.2))),
    one_stage('edpose-r50', 'ED-Pose R50', shape=(800, 1333), **peer,
              config='comparison/edpose_res50_coco-800x1333.py',
              published=Published(71.6, ZOO, note='shorter side 800')),
    *(top_down(f'rtmpose-{size}', f'RTMPose-{size} (with RTMDet-m)', shape=(256, 192),
               config=f'{BODY}/rtmpose/coco/rtmpose-{size}_8xb256-420e_aic-coco-256x192.py',
               detector=DETECTOR, **peer,
               published=Published(ap, ZOO, flip=True, note='boxes of a detector with AP 56.4; '
                                   'trained on AIC, too'))
      for size, ap in (('s', 72.2), ('m', 75.8))),
]
# fmt: on
MODELS = {entry.name: entry for entry in [*TABLE_2, *OURS, *OTHERS]}
