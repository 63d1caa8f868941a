"""Images per second of the training input, beside MMPose's own transforms, on one core."""

import itertools
import resource
import tempfile
import time
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from mmengine.registry import DefaultScope
from mmpose.registry import DATASETS

from mmpose_lrfg import register  # noqa: F401
from mmpose_lrfg.datasets.image_cache import memory_folder
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.tables import Column, Table

from .timing import interleave, timed

MEGA = 2**20
RECENT = 64
META_KEYS = ('id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size', 'flip_indices')
PIPELINES = {
    'stock': "MMPose's transforms",
    'cached': 'ours, from the cache',
    'uncached': f'ours, no cache, partners of the last {RECENT}',
    'uncached_all': 'ours, no cache, partners from all',
}
TARGET = dict(type='GenerateTarget', encoder=dict(type='YOLOXPoseAnnotationProcessor'))


class TrainingData(NamedTuple):
    """Config of a dataset without a pipeline, and width and height of the input."""

    dataset: dict
    size: Sequence[int] = (640, 640)


def folder_data(folder: str, ann_file: str, images: str) -> TrainingData:
    """Return the data in a folder; annotations and images are relative to it."""
    data = dict(type='CheckedCocoDataset', data_mode='bottomup', data_root=folder)
    return TrainingData(dict(data, ann_file=ann_file, data_prefix=dict(img=images)))


def config_data(config: str) -> TrainingData:
    """Return the training data of a config.

    Raises:
        UserError: If it has none.
    """
    cfg = load_config(config)
    data = cfg.get('train_dataloader', {}).get('dataset')
    if data is None:
        raise UserError(f'{config} has no train_dataloader.dataset')
    return TrainingData(data, tuple(cfg.get('input_size', (640, 640))))


def stock_pipeline(size: Sequence[int], load: dict) -> list[dict]:
    """Return MMPose's transforms for the image that ``MosaicAffine`` makes.

    ``size`` is the width and height of the input; ``load`` is the transform that loads an image.
    """
    size = tuple(size)
    affine = dict(
        type='BottomupRandomAffine',
        input_size=size,
        # Of the mosaic, twice the input: a scale of 1.5 to 0.5.
        scale_factor=(1 / 3, 1.0),
        shift_factor=0.05,
        rotate_prob=0,
        distribution='uniform',
        pad_val=114,
        bbox_keep_corner=False,
        clip_border=True,
    )
    people = dict(by_box=True, by_kpt=False, min_gt_bbox_wh=(4, 4), keep_empty=False)
    return [
        load,
        dict(type='Mosaic', img_scale=size, pad_val=114, pre_transform=[load]),
        affine,
        dict(type='YOLOXHSVRandomAug', hue_delta=3, saturation_delta=70, value_delta=50),
        dict(type='RandomFlip'),
        dict(type='FilterAnnotations', **people),
        TARGET,
        dict(type='PackPoseInputs'),
    ]


def our_pipeline(size: Sequence[int], directory: str | None, recent: int = 0) -> list[dict]:
    """Return our training pipeline, with a cache in ``directory`` or without one.

    The partners of a mosaic are taken from so many ``recent`` images; 0 for all.
    """
    load = dict(type='LoadCachedImage', long_side=max(size))
    load.update(dict(directory=directory) if directory else dict(budget=0))
    mosaic = dict(type='MosaicAffine', input_size=tuple(size), load=[load], recent=recent)
    return [mosaic, TARGET, dict(type='PackPlanes', meta_keys=META_KEYS)]


def build_dataset(data: dict, pipeline: list[dict], **more):
    """Build a dataset with a pipeline."""
    with DefaultScope.overwrite_default_scope('mmpose'):
        return DATASETS.build({**data, 'pipeline': pipeline, **more})


def measure_pipelines(data: dict, size: Sequence[int], number: int, repetitions: int) -> dict:
    """Measure all pipelines, interleaved image by image.

    Args:
        data (dict): Config of the dataset.
        size (Sequence[int]): Width and height of the input.
        number (int): Images taken from the dataset.
        repetitions (int): Passes over these images.

    Returns:
        dict: ``speeds``, a list of ``name`` (of :data:`PIPELINES`), ``images_per_second`` and
        ``ratio`` to MMPose's transforms in the same repetition (medians over the repetitions);
        ``cache_mb``, ``peak_memory_mb``, ``images``, ``size`` and ``repetitions``.

    Raises:
        UserError: If the cache cannot be written.
    """
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix='lrfg-pipeline-', dir=memory_folder()) as folder:
        pipelines = dict(
            stock=stock_pipeline(size, dict(type='LoadImage')),
            cached=our_pipeline(size, folder),
            uncached=our_pipeline(size, None, RECENT),
            uncached_all=our_pipeline(size, None),
        )
        datasets = {
            name: build_dataset(data, pipeline, indices=number)
            for name, pipeline in pipelines.items()
        }
        count = len(datasets['stock'])
        cache = _fill(datasets['cached'])
        if cache is None:
            raise UserError('the cache of decoded images cannot be written; is the disk full?')
        for index in range(RECENT // 3 + 1):
            datasets['uncached'][index % count]
        np.random.seed(0)
        loaders = {}
        for name, dataset in datasets.items():
            images = map(dataset.__getitem__, itertools.cycle(range(count)))
            # Time of the process, not of the clock: other processes may use the core too.
            loaders[name] = timed(images.__next__, clock=time.process_time)
        seconds = interleave(loaders, repetitions * count, warm_ups=0)
        cache_mb = cache.size()[1] / MEGA
    rates = {
        name: count / np.reshape(own, (repetitions, count)).sum(axis=1)
        for name, own in seconds.items()
    }
    speeds = [
        dict(
            name=name,
            images_per_second=float(np.median(own)),
            ratio=float(np.median(own / rates['stock'])),
        )
        for name, own in rates.items()
    ]
    return dict(
        speeds=speeds,
        cache_mb=cache_mb,
        peak_memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGA,
        images=count,
        size=list(size),
        repetitions=repetitions,
    )


def _fill(dataset):
    """Put every image into the cache, as in training after the first epoch; return the cache."""
    loader = dataset.pipeline.transforms[0].load.transforms[0]
    for index in range(len(dataset)):
        loader({**dataset.get_data_info(index), 'dataset': dataset})
    return loader.cache


def pipeline_table(report: dict) -> Table:
    """Return a table of the speeds that :func:`measure_pipelines` returns."""
    columns = [
        Column('pipeline', lambda speed: PIPELINES[speed['name']]),
        Column('images/s', 'images_per_second', '.1f'),
        Column('ratio', format='.2f'),
    ]
    width, height = report['size']
    title = f'Inputs of {width} x {height} from {report["images"]} images on one core'
    return Table(report['speeds'], columns, title)
