"""Images per second of the training input by part, beside MMPose's own transforms, on one core."""

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import torch
from mmengine.registry import DefaultScope
from mmpose.registry import DATASETS

from mmpose_lrfg import register  # noqa: F401
from mmpose_lrfg.datasets.image_cache import memory_folder
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.tables import Column, Table

from .complexity import quiet
from .timing import StageTimer, interleave

META_KEYS = ('id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size', 'flip_indices')
PIPELINES = {'stock': "MMPose's transforms", 'cached': 'ours, from the cache'}
TARGET = dict(type='GenerateTarget', encoder=dict(type='YOLOXPoseAnnotationProcessor'))
#: Part by the class of a transform; all others are augmentation.
PARTS_OF = dict(
    LoadImage='load', LoadCachedImage='load', GenerateTarget='target', PackPoseInputs='pack',
    PackPlanes='pack',
)  # fmt: skip
PARTS = ('load', 'augment', 'target', 'pack')


def stock_pipeline(size: Sequence[int], load: dict) -> list[dict]:
    """Return MMPose's transforms for the image that ``MosaicAffine`` makes.

    ``size`` is the width and height of the input; ``load`` is the transform that loads an image.
    """
    size = tuple(size)
    # A scale of 1.5 to 0.5 in parts of the mosaic, which is twice the input.
    affine = dict(
        type='BottomupRandomAffine', input_size=size, scale_factor=(1 / 3, 1.0), shift_factor=0.05,
        rotate_prob=0, distribution='uniform', pad_val=114, bbox_keep_corner=False,
        clip_border=True,
    )  # fmt: skip
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


def our_pipeline(size: Sequence[int], directory: str) -> list[dict]:
    """Return our training pipeline, with a cache in ``directory``."""
    load = dict(type='LoadCachedImage', long_side=max(size), directory=directory)
    mosaic = dict(type='MosaicAffine', input_size=tuple(size), load=[load])
    return [mosaic, TARGET, dict(type='PackPlanes', meta_keys=META_KEYS)]


def build_dataset(data: dict, pipeline: list[dict], **more):
    """Build a dataset with a pipeline."""
    with DefaultScope.overwrite_default_scope('mmpose'):
        return DATASETS.build({**data, 'pipeline': pipeline, **more})


def measure_loading(
    data: dict, img_size: Sequence[int], number: int, repetitions: int
) -> list[dict]:
    """Measure both pipelines, interleaved image by image.

    Args:
        data (dict): Config of a dataset without a pipeline.
        img_size (Sequence[int]): Height and width of the input.
        number (int): Images taken from the dataset.
        repetitions (int): Passes over these images.

    Returns:
        list[dict]: ``name``, a key of :data:`PIPELINES`; means of the ``milliseconds`` for an image
        by part, ``images_per_second``, and their ``ratio`` to those of MMPose's transforms.

    Raises:
        UserError: If the cache cannot be written.
    """
    size = tuple(img_size)[::-1]
    threads = torch.get_num_threads(), cv2.getNumThreads()
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    place = memory_folder()
    with tempfile.TemporaryDirectory(prefix='lrfg-pipeline-', dir=place) as folder, quiet():
        stock = build_dataset(data, stock_pipeline(size, dict(type='LoadImage')), indices=number)
        cached = build_dataset(data, our_pipeline(size, folder), indices=number)
        _fill(cached)
        np.random.seed(0)
        loaders = dict(stock=_loader(stock), cached=_loader(cached))
        found = interleave(loaders, repetitions * len(stock), warm_ups=0, title='loading')
    torch.set_num_threads(threads[0])
    cv2.setNumThreads(threads[1])
    rows = []
    for name, turns in found.items():
        parts = {p: 1000 * statistics.fmean(turn.get(p, 0) for turn in turns) for p in PARTS}
        speed = 1000 / sum(parts.values())
        ratio = speed / rows[0]['images_per_second'] if rows else 1.0
        rows.append(dict(name=name, images_per_second=speed, ratio=ratio, milliseconds=parts))
    return rows


def _fill(dataset) -> None:
    """Put every image into the cache, as in training after the first epoch."""
    loader = dataset.pipeline.transforms[0].load.transforms[0]
    for index in range(len(dataset)):
        loader({**dataset.get_data_info(index), 'dataset': dataset})
    if loader.cache is None:
        raise UserError('the cache of decoded images cannot be written; is the disk full?')


def _loader(dataset) -> Callable[[], dict[str, float]]:
    """Return a function that loads the next image and returns the seconds by part."""
    # Time of the process, not of the clock: other processes may use the core too.
    timer = StageTimer(clock=time.process_time)
    for transform in dataset.pipeline.transforms:
        inner = getattr(transform, 'load', None) or getattr(transform, 'pre_transform', None)
        for step in (transform, *(inner.transforms if inner else ())):
            timer.wrap(step, 'transform', PARTS_OF.get(type(step).__name__, 'augment'))
    indices = itertools.cycle(range(len(dataset)))

    def load() -> dict[str, float]:
        dataset[next(indices)]
        return timer.pop()

    return load


def loading_table(results: Sequence[dict]) -> Table:
    """Return a table of the speeds."""
    columns = [
        Column('pipeline', lambda row: PIPELINES[row['name']]),
        Column('images/s', 'images_per_second', '.1f'),
        *(Column(f'{part} ms', f'milliseconds.{part}', '.1f') for part in PARTS),
        Column('ratio', format='.2f'),
    ]
    return Table(results, columns, 'Data loading on one core; ratio of images/s')
