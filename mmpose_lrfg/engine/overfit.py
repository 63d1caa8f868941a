"""Overfit a few images, as a test that targets, losses, decoding and metric fit together.

A shifted target, a swapped axis or a wrong threshold raises no error, but a few images are then
not learned to an AP near 1.
"""

import contextlib
import io
import logging
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from mmpose.evaluation import CocoMetric
from mmpose.registry import DATASETS, MODELS
from torch import nn

from mmpose_lrfg.datasets.coco_json import read_coco
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

CONFIG = 'lrfg-n6_1xb8-8e_people-320.py'
LEARNING_RATE = 2e-3
FIRST_MEASURED = 80


class Step(NamedTuple):
    """A training step: its number, its loss and, every 20 steps, the OKS AP on the images."""

    number: int
    loss: float
    ap: float | None


def choose_images(annotations: Path, count: int) -> dict:
    """Choose the first images with one to four people, all large and well annotated.

    Args:
        annotations (Path): COCO keypoint JSON.
        count (int): Number of images.

    Returns:
        dict: COCO keypoint JSON of those images.

    Raises:
        UserError: If there are fewer such images.
    """
    content = read_coco(annotations)
    people = defaultdict(list)
    for person in content['annotations']:
        people[person['image_id']].append(person)

    def large(person: dict) -> bool:
        box = person.get('bbox') or []
        return (person.get('num_keypoints') or 0) >= 8 and box[3:] > [80]

    def suitable(image: dict) -> bool:
        found = people[image['id']]
        # A data set may mark images that were enlarged.
        sharp = image.get('detail', 'full') == 'full'
        return sharp and 1 <= len(found) <= 4 and all(map(large, found))

    images = [image for image in content['images'] if suitable(image)][:count]
    if len(images) < count:
        raise UserError(f'{annotations} has {len(images)} images of large people, not {count}')
    chosen = [person for image in images for person in people[image['id']]]
    return {**content, 'images': images, 'annotations': chosen}


def overfit(annotations: Path, images: Path, steps: int = 260) -> Iterator[Step]:
    """Train n6 on all images of a file at once, without augmentation.

    Args:
        annotations (Path): COCO keypoint JSON of a few images.
        images (Path): Their folder.
        steps (int): Number of steps.

    Yields:
        Step: After every step.
    """
    logging.getLogger('mmengine').setLevel(logging.ERROR)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    init_default_scope('mmpose')
    cfg = load_config(CONFIG)
    model = MODELS.build(cfg.model)
    model.init_weights()
    model.train()
    dataset = DATASETS.build(
        dict(
            type='CheckedCocoDataset',
            ann_file=str(annotations),
            data_prefix=dict(img=str(images)),
            data_mode='bottomup',
            pipeline=[],
        )
    )
    letterbox = dict(
        type='BottomupRandomAffine',
        input_size=cfg.input_size,
        shift_prob=0,
        rotate_prob=0,
        scale_prob=0,
        scale_type='long',
        pad_val=114,
        bbox_keep_corner=False,
        clip_border=True,
    )
    read, targets = dict(type='LoadImage'), dict(type='GenerateTarget', encoder=cfg.codec)
    pipelines = [read, letterbox, targets, dict(type='PackPoseInputs')], cfg.val_pipeline
    train, predict = (
        pseudo_collate([transforms(dataset[i]) for i in range(len(dataset))])
        for transforms in map(Compose, pipelines)
    )
    train = model.data_preprocessor(train, training=True)
    predict = model.data_preprocessor(predict, training=False)
    metric = CocoMetric(str(annotations), score_mode='bbox', nms_mode='none')
    metric.dataset_meta = dataset.metainfo

    optimizer = torch.optim.AdamW(model.parameters(), LEARNING_RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, steps, pct_start=0.08, div_factor=20, cycle_momentum=False
    )
    for step in range(1, steps + 1):
        loss = sum(model(**train, mode='loss').values())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 100)
        optimizer.step()
        schedule.step()
        ap = None
        if step >= FIRST_MEASURED and step % 20 == 0:
            model.eval()
            with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
                samples = model(**predict, mode='predict')
                metric.process({}, [sample.to_dict() for sample in samples])
                ap = metric.evaluate(len(samples))['coco/AP']
            model.train()
        yield Step(step, loss.item(), ap)
