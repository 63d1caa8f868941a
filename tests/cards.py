"""Made-up pictures of two kinds of cards with four named corners, in COCO's format."""

import json
from pathlib import Path

import cv2
import numpy as np

SIDE = 128
CONFIG = Path(__file__).parents[1] / 'configs' / 'examples' / 'lrfg-n6_1xb8-8e_cards-320.py'
NAMES = ('top_left', 'top_right', 'bottom_right', 'bottom_left')
COLOURS = ((200, 60, 40), (40, 60, 200))  # of bank cards and identity cards, BGR
# Neither from 1 nor without gaps, and not in the order of the metainfo's classes.
CATEGORIES = tuple(
    dict(id=i, name=name, keypoints=list(NAMES)) for i, name in ((7, 'bank_card'), (3, 'id_card'))
)


def draw_cards(rng, kinds):
    """A picture (SIDE, SIDE, 3) and the corners (N, 4, 2) of one card of each of ``kinds``."""
    image = rng.integers(90, 160, (SIDE, SIDE, 3), dtype=np.uint8)
    corners = []
    for place, kind in enumerate(kinds):
        centre = np.array([SIDE / 2, SIDE * (0.25 + 0.5 * place)]) + rng.uniform(-6, 6, 2)
        half = np.array([26, 16]) * rng.uniform(0.8, 1.1)
        square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
        turn = rng.uniform(-0.3, 0.3)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        card = centre + square @ rotation.T
        cv2.fillPoly(image, [card.round().astype(np.int32)], COLOURS[kind])
        corners.append(card)
    return image, np.array(corners)


def write_cards(root, splits=(('train', 4), ('val', 2)), seed=0):
    """Write ``train/``, ``val/`` and ``annotations/*.json`` under ``root``; return ``root``."""
    rng, root = np.random.default_rng(seed), Path(root)
    for split, count in splits:
        content = dict(images=[], annotations=[], categories=[dict(c) for c in CATEGORIES])
        (root / split).mkdir(parents=True)
        for number in range(1, count + 1):
            image, cards = draw_cards(rng, kinds=(0, 1))
            cv2.imwrite(str(root / split / f'{number}.png'), image)
            content['images'].append(
                dict(id=number, file_name=f'{number}.png', width=SIDE, height=SIDE)
            )
            for kind, card in enumerate(cards):
                low, high = card.min(axis=0), card.max(axis=0)
                content['annotations'].append(dict(
                    id=len(content['annotations']) + 1, image_id=number, iscrowd=0,
                    category_id=CATEGORIES[kind]['id'], num_keypoints=4,
                    bbox=[*low.tolist(), *(high - low).tolist()],
                    area=float(np.prod(high - low)),
                    keypoints=np.column_stack([card, [2] * 4]).ravel().tolist(),
                ))  # fmt: skip
        path = root / 'annotations' / f'{split}.json'
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
    return root


TINY = """
_base_ = {config!r}
data_root = {root!r}
widen_factor = 0.125
input_size = ({side}, {side})
model = dict(
    backbone=dict(widen_factor=widen_factor),
    neck=dict(widen_factor=widen_factor),
    head=dict(
        head_module=dict(widen_factor=widen_factor, keypoint_blocks=1), auxiliary=None))
train_pipeline = [
    dict(type='MosaicAffine', input_size=input_size, load=[dict(type='LoadImageOrSkip')]),
    dict(type='GenerateTarget', encoder=dict(type='YOLOXPoseAnnotationProcessor')),
    dict(type='PackPlanes'),
]
val_pipeline = [
    dict(type='LoadImageOrSkip'),
    dict(type='BottomupResize', input_size=input_size, size_factor=64, pad_val=(114, 114, 114)),
    dict(type='PackPlanes'),
]
train_dataloader = dict(
    batch_size=2, num_workers=0, persistent_workers=False,
    dataset=dict(data_root=data_root, pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=2, num_workers=0, persistent_workers=False,
    dataset=dict(data_root=data_root, pipeline=val_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=data_root + '/annotations/val.json')
test_evaluator = val_evaluator
max_epochs = 1
train_cfg = dict(max_epochs=max_epochs, val_interval=1)
visualizer = dict(vis_backends=[])
randomness = dict(seed=0)
"""


def write_config(path, root, extra=''):
    """Write a config of a tiny network for the cards under ``root``; return ``path``."""
    text = TINY.format(config=str(CONFIG), root=str(root), side=SIDE)
    Path(path).write_text(text + extra)
    return path
