"""Overfit a few images, as a test that targets, losses, decoding and metric fit together.

A shifted target, a swapped axis or a wrong threshold raises no error, but a few images are then
not learned to an AP near 1.
"""

import contextlib
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from mmpose.evaluation import CocoMetric
from mmpose.registry import DATASETS, MODELS
from torch import Tensor, nn

from mmpose_lrfg.datasets.coco_json import read_coco
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

CONFIG = 'lrfg-n6_1xb8-8e_people-320.py'
LEARNING_RATE, WARM_UP_STEPS = 2e-3, 20
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
    people = {}
    for person in content['annotations']:
        people.setdefault(person['image_id'], []).append(person)

    def large(person: dict) -> bool:
        box = person.get('bbox') or []
        return (person.get('num_keypoints') or 0) >= 8 and box[3:] > [80]

    def suitable(image: dict) -> bool:
        found = people.get(image['id'], [])
        # Of synthetic images only those in full detail.
        sharp = image.get('detail', 'full') == 'full'
        return sharp and 1 <= len(found) <= 4 and all(map(large, found))

    images = [image for image in content['images'] if suitable(image)][:count]
    if len(images) < count:
        raise UserError(f'{annotations} has {len(images)} images of large people, not {count}')
    chosen = [person for image in images for person in people[image['id']]]
    return {**content, 'images': images, 'annotations': chosen}


def load(cfg: Config, annotations: Path, images: Path) -> tuple[dict, dict, dict]:
    """Return all images as a training batch and as a test batch, and the metainfo."""
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
    targets = dict(type='GenerateTarget', encoder=cfg.codec)
    read, pack = dict(type='LoadImage'), dict(type='PackPoseInputs')
    train = Compose([read, letterbox, targets, pack])
    predict = Compose([read, *cfg.val_pipeline[1:]])
    indices = range(len(dataset))
    batches = (pseudo_collate([steps(dataset[i]) for i in indices]) for steps in (train, predict))
    return *batches, dataset.metainfo


def measure(model: nn.Module, batch: dict, metric: CocoMetric) -> float:
    """Return the OKS AP of a batch."""
    model.eval()
    with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        samples = model(**batch, mode='predict')
        metric.process({}, [sample.to_dict() for sample in samples])
        result = metric.evaluate(len(samples))
    model.train()
    return result['coco/AP']


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
    train, predict, metainfo = load(cfg, annotations, images)
    train = model.data_preprocessor(train, training=True)
    predict = model.data_preprocessor(predict, training=False)
    metric = CocoMetric(str(annotations), score_mode='bbox', nms_mode='none')
    metric.dataset_meta = metainfo

    optimizer = torch.optim.AdamW(model.parameters(), LEARNING_RATE, weight_decay=0.0)
    warm_up = torch.optim.lr_scheduler.LinearLR(optimizer, 0.05, total_iters=WARM_UP_STEPS)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps - WARM_UP_STEPS)
    schedule = torch.optim.lr_scheduler.SequentialLR(optimizer, [warm_up, cosine], [WARM_UP_STEPS])
    for step in range(1, steps + 1):
        loss: Tensor = sum(model(**train, mode='loss').values())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 100)
        optimizer.step()
        schedule.step()
        measured = step >= FIRST_MEASURED and step % 20 == 0
        yield Step(step, loss.item(), measure(model, predict, metric) if measured else None)
