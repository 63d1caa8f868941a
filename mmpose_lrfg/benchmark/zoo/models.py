"""The models of the comparison, first those of the paper's Table 2 that MMPose has."""

from functools import partial

from mmpose_lrfg.benchmark.complexity import PAPER
from mmpose_lrfg.benchmark.zoo.entry import Accuracy, Entry

BODY = 'mmpose::body_2d_keypoint'
AE = f'{BODY}/associative_embedding/coco/ae_hrnet-w32_8xb24-300e_coco-512x512.py'
HIGHER = 'higherhrnet/higherhrnet_hrnet'
DETECTOR = 'comparison/rtmdet-m_person-640.py'  # of MMPose's demonstrations
VAL = 'val2017, all 5,000 images'
ZOO = f'MMPose 1.3, model zoo: {VAL}'
CHENG = 'Cheng et al. 2020'
MAJI = f'Maji et al. 2022: {VAL}, no flip, 960 pixels'
PAPERS_OWN = 'the paper: val2017, 960 pixels'
HIGHER_W = f'{CHENG}: {VAL}, flip'
IN_TABLE_2 = {
    'net1_yolopose': 'YoloPose (Darknet-csp-d53-s)',
    'net8_lrfg': 'LRFG-YoloPose, the paper',
}

# Four stacks with 68 outputs have 138.9 M parameters; the 277.8 M of the paper are twice that.
HOURGLASS = {
    'model.backbone': dict(
        _delete_=True, type='HourglassAENet', num_stacks=4, out_channels=34, init_cfg=None
    ),
    'model.neck': dict(type='FeatureMapProcessor', select_index=3),
    'model.head': dict(in_channels=34, final_layer=None),
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
    # ResNet-101 has 42.5 M, MMPose's three deconvolutions 10.5 M; the paper's 45.0 leaves 2.5 M.
    top_down('integral-r101', 'Integral pose regression R101', shape=(256, 256), **table_2,
             config=f'{BODY}/integral_regression/coco/ipr_res50_8xb64-210e_coco-256x256.py',
             options={'model.backbone': dict(depth=101)}, detector=DETECTOR,
             paper_params=45.0, published=Accuracy(67.8, 'Sun et al. 2018: test-dev2017')),
    bottom_up('hourglass-ae', 'Hourglass (associative embedding)', shape=(512, 512), **table_2,
              config=AE, options=HOURGLASS, paper_params=277.8,
              published=Accuracy(56.6, f'{CHENG} (HigherHRNet): test-dev2017, flip')),
    bottom_up('higherhrnet-w32', 'HigherHRNet-W32', shape=(512, 512), **table_2,
              paper_params=28.6, published=Accuracy(67.1, HIGHER_W),
              config=f'{HIGHER}-w32_coco-512x512.py'),
    bottom_up('dekr-w32', 'DEKR W32', shape=(512, 512), paper_params=29.6, **table_2,
              config=f'{BODY}/dekr/coco/dekr_hrnet-w32_8xb10-140e_coco-512x512.py',
              published=Accuracy(68.6, f'{ZOO}, flip, rescored')),
]
OURS = [
    one_stage(name, IN_TABLE_2.get(name, f'{name.partition("_")[0]} of the ablation'),
              shape=(640, 640), config=f'ablation/{name}.py', paper_params=params,
              groups=('ours', 'ablation', *(('table2', 'small') if name in IN_TABLE_2 else ())),
              published=Accuracy(ap, MAJI if name == 'net1_yolopose' else PAPERS_OWN))
    for name, (params, ap) in PAPER.items()
] + [
    one_stage(f'lrfg-{size}6', f'LRFG-YoloPose {size}6', shape=(640, 640), groups=('ours', 'sizes'),
              config=f'lrfg/lrfg-{size}6_1xb32-80e_coco-640.py')
    for size in 'nsml'
]
RTMO = {'s': ('8xb32', 67.7), 'm': ('16xb16', 70.9), 'l': ('16xb16', 72.4)}
OTHERS = [
    bottom_up('higherhrnet-w32-640', 'HigherHRNet-W32, 640', shape=(640, 640),
              config=f'{HIGHER}-w32_coco-640x640.py', published=Accuracy(68.5, HIGHER_W)),
    bottom_up('higherhrnet-w48', 'HigherHRNet-W48, 640', shape=(640, 640),
              config=f'{HIGHER}-w48_coco-640x640.py', published=Accuracy(69.9, HIGHER_W)),
    bottom_up('ae-hrnet-w32', 'Associative embedding, HRNet-W32', shape=(512, 512), config=AE,
              options=FIRST_MAP, published=Accuracy(65.6, f'{ZOO}, flip'), **peer),
    bottom_up('dekr-w48', 'DEKR W48, 640', shape=(640, 640),
              config=f'{BODY}/dekr/coco/dekr_hrnet-w48_8xb10-140e_coco-640x640.py',
              published=Accuracy(71.4, f'{ZOO}, flip, rescored')),
    *(one_stage(f'rtmo-{size}', f'RTMO-{size}', shape=(640, 640),
                config=f'{BODY}/rtmo/coco/rtmo-{size}_{batch}-600e_coco-640x640.py',
                published=Accuracy(ap, f'Lu et al. 2024: {VAL}, no flip'), **PEER[size])
      for size, (batch, ap) in RTMO.items()),
    *(one_stage(f'yoloxpose-{size}', f'YOLOX-Pose-{size}', shape=(640, 640),
                config=f'{BODY}/yoloxpose/coco/yoloxpose_{size}_8xb32-300e_coco-640.py',
                published=Accuracy(ap, f'{ZOO}, no flip'), **PEER[size])
      for size, ap in (('s', 64.1), ('m', 69.5), ('l', 71.2))),
    one_stage('edpose-r50', 'ED-Pose R50', shape=(800, 1333), **peer,
              config='comparison/edpose_res50_coco-800x1333.py',
              published=Accuracy(71.6, f'{ZOO}, no flip, shorter side 800')),
    *(top_down(f'rtmpose-{size}', f'RTMPose-{size} (with RTMDet-m)', shape=(256, 192),
               config=f'{BODY}/rtmpose/coco/rtmpose-{size}_8xb256-420e_aic-coco-256x192.py',
               detector=DETECTOR, **peer,
               published=Accuracy(ap, f'{ZOO}, flip, boxes of a detector with AP 56.4; '
                                  'trained on AIC, too'))
      for size, ap in (('s', 72.2), ('m', 75.8))),
]
# fmt: on
MODELS = {entry.name: entry for entry in [*TABLE_2, *OURS, *OTHERS]}
