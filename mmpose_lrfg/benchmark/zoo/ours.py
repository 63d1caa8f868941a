"""Our own networks: the eight of the paper's Table 1, and the four sizes."""

from mmpose_lrfg.benchmark.complexity import PAPER
from mmpose_lrfg.benchmark.entry import Entry, Published

TABLE_2 = {'net1_yolopose': 'YoloPose (Darknet-csp-d53-s)', 'net8_lrfg': 'LRFG-YoloPose, the paper'}
YOLOPOSE = Published(
    63.8,
    'Maji et al. 2022',
    flip=False,
    note='960 pixels',
)


def networks() -> list[Entry]:
    """Our entries, the ablation first."""
    entries = []
    for name, (params, ap) in PAPER.items():
        in_table_2 = name in TABLE_2
        entries.append(
            Entry(
                name,
                TABLE_2.get(name, f'{name.partition("_")[0]} of the ablation'),
                'one-stage',
                (640, 640),
                config=f'ablation/{name}.py',
                groups=('ours', 'ablation', *(('table2', 'small') if in_table_2 else ())),
                paper_params=params,
                paper_ap=ap,
                published_macs=22.8 if name == 'net1_yolopose' else None,
                published=YOLOPOSE if name == 'net1_yolopose' else None,
            )
        )
    for size in 'nsml':
        entries.append(
            Entry(
                f'lrfg-{size}6',
                f'LRFG-YoloPose {size}6',
                'one-stage',
                (640, 640),
                config=f'lrfg/lrfg-{size}6_1xb32-80e_coco-640.py',
                groups=('ours', 'sizes'),
            )
        )
    return entries
