"""One-stage models of others: RTMO, YOLOX-Pose, ED-Pose."""

from mmpose_lrfg.benchmark.entry import Entry, Published

BODY = 'mmpose::body_2d_keypoint'
RTMO_AP = {'s': 67.7, 'm': 70.9, 'l': 72.4}
RTMO_BATCH = {'s': '8xb32', 'm': '16xb16', 'l': '16xb16'}
YOLOX_AP = {'s': 64.1, 'm': 69.5, 'l': 71.2}


def networks() -> list[Entry]:
    """RTMO s, m, l; YOLOX-Pose s, m, l; ED-Pose."""
    entries = [
        Entry(
            f'rtmo-{size}',
            f'RTMO-{size}',
            'one-stage',
            (640, 640),
            config=f'{BODY}/rtmo/coco/rtmo-{size}_{RTMO_BATCH[size]}-600e_coco-640x640.py',
            groups=('peers', *(('small',) if size == 's' else ())),
            published=Published(ap, 'Lu et al. 2024'),
        )
        for size, ap in RTMO_AP.items()
    ]
    entries += [
        Entry(
            f'yoloxpose-{size}',
            f'YOLOX-Pose-{size}',
            'one-stage',
            (640, 640),
            config=f'{BODY}/yoloxpose/coco/yoloxpose_{size}_8xb32-300e_coco-640.py',
            groups=('peers', *(('small',) if size == 's' else ())),
            published=Published(ap, 'MMPose 1.3, model zoo'),
        )
        for size, ap in YOLOX_AP.items()
    ]
    entries.append(
        Entry(
            'edpose-r50',
            'ED-Pose R50',
            'one-stage',
            (800, 1333),
            config='comparison/edpose_res50_coco-800x1333.py',
            groups=('peers',),
            published=Published(71.6, 'MMPose 1.3, model zoo', note='shorter side 800'),
        )
    )
    return entries
