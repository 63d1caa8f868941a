"""Annotations as COCO publishes them: crowd regions, and people without annotated keypoints."""

from collections import Counter

import numpy as np
import official_coco
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmpose.registry import DATASETS, MODELS
from official_coco import IMAGES, PERSON, SIZES, UNANNOTATED

from mmpose_lrfg import register  # noqa: F401
from mmpose_lrfg.datasets import image_cache
from mmpose_lrfg.datasets.transforms.mosaic_affine import MosaicAffine


@pytest.fixture
def coco(tmp_path, monkeypatch):
    monkeypatch.setattr(image_cache, 'SHARED_MEMORY', str(tmp_path))
    return official_coco.write(tmp_path)


def open_dataset(folder, **options):
    """The training set of the COCO config; its mosaics cut nothing off."""
    cfg = Config.fromfile('configs/_base_/datasets/coco_640.py')
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset = DATASETS.build(
            {**cfg.train_dataloader.dataset, 'data_root': str(folder), **options}
        )
    for step in dataset.pipeline.transforms:
        if isinstance(step, MosaicAffine):
            step.centre_range, step.scale, step.shift = (1, 1), (0.5, 0.5), 0
    return dataset


def targets_of(dataset, seed=0):
    """Kinds of all targets that the head collects from a batch of every sample."""
    np.random.seed(seed)
    samples = [dataset[index]['data_samples'] for index in range(len(dataset))]
    cfg = Config.fromfile('configs/_base_/models/lrfg_n6.py')
    with DefaultScope.overwrite_default_scope('mmpose'):
        head = MODELS.build(cfg.model.head)
    targets = head.get_targets(samples)
    ratios = (targets.boxes[:, 2] / targets.boxes[:, 3]).log()
    known = torch.tensor([[width / height] for width, height in SIZES.values()]).log()
    nearest = (ratios - known).abs().argmin(dim=0)
    return [list(SIZES)[index] for index in nearest], targets


def test_only_annotated_people_are_targets(coco):
    dataset = open_dataset(coco)
    assert [dataset.get_data_info(i)['img_id'] for i in range(len(dataset))] == [1, 4]
    kinds, targets = targets_of(dataset)
    # Two mosaics of four images, each of which has one annotated person.
    assert kinds == [PERSON] * 8
    assert targets.keypoints_visible.all() and targets.annotated.all()


def test_boxes_without_keypoints_are_targets_on_demand(coco):
    dataset = open_dataset(coco, boxes_without_keypoints=True)
    images = [dataset.get_data_info(i)['img_id'] for i in range(len(dataset))]
    assert images == [1, 3, 4]
    kinds, targets = targets_of(dataset)
    found = Counter(kinds)
    assert set(found) == {PERSON, UNANNOTATED} and min(found.values()) > 1
    is_person = torch.tensor([kind == PERSON for kind in kinds])
    assert torch.equal(targets.annotated, is_person)
    assert torch.equal(targets.keypoints_visible.any(dim=1), is_person)


def test_images_without_targets_are_background_on_demand(coco):
    dataset = open_dataset(coco, background_images=True)
    assert {dataset.get_data_info(i)['img_id'] for i in range(len(dataset))} == set(IMAGES)
    seeds = [targets_of(dataset, seed)[0] for seed in range(3)]
    assert all(set(kinds) == {PERSON} for kinds in seeds)
    assert all(len(kinds) < 4 * len(IMAGES) for kinds in seeds)


def test_crowds_stay_regions_that_heatmaps_ignore(coco):
    """Bottom-up heads such as HigherHRNet mask them, as MMPose's own dataset has it."""
    dataset = open_dataset(coco)
    segments = dataset.get_data_info(0)['invalid_segs']
    assert [type(segment) for segment in segments] == [dict, list]
    assert dataset.get_data_info(1)['invalid_segs'] == []


def test_evaluation_sees_all_images_and_annotations(coco):
    dataset = open_dataset(coco, test_mode=True)
    assert {dataset.get_data_info(i)['img_id'] for i in range(len(dataset))} == set(IMAGES)
    assert len(dataset.get_data_info(0)['bbox']) == len(IMAGES[1])
