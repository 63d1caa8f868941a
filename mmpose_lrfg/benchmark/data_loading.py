"""Images per second of the training input by part, beside MMPose's own transforms, on one core."""

import itertools
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import torch
from mmengine.registry import DefaultScope
from mmpose.registry import DATASETS

from mmpose_lrfg import register  # noqa: F401
from mmpose_lrfg.datasets.image_cache import memory_folder
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.progress import Progress
from mmpose_lrfg.utils.tables import Column, Table

from .complexity import quiet
from .timing import StageTimer, interleave

RECENT = 64
META_KEYS = ('id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size', 'flip_indices')
PIPELINES = {
    'stock': "MMPose's transforms",
    'cached': 'ours, from the cache',
    'uncached': f'ours, no cache, partners of the last {RECENT}',
}
TARGET = dict(type='GenerateTarget', encoder=dict(type='YOLOXPoseAnnotationProcessor'))
#: Part by the class of a transform; all others are augmentation.
PARTS_OF = dict(
    LoadImage='load', LoadCachedImage='load', GenerateTarget='target', PackPoseInputs='pack',
    PackPlanes='pack',
)  # fmt: skip
PARTS = ('load', 'augment', 'target', 'pack')


@dataclass(frozen=True)
class LoadingResult:
    """Speed of a pipeline.

    Args:
        name (str): A key of :data:`PIPELINES`.
        images_per_second (float): Median over the repetitions.
        ratio (float): Median of its rate over that of MMPose's transforms in the same repetition.
        milliseconds (dict[str, float]): Median for an image by part.
    """

    name: str
    images_per_second: float
    ratio: float
    milliseconds: dict[str, float]


def training_data(ann_file: str, images: str) -> dict:
    """Return the config of a dataset without a pipeline."""
    return dict(
        type='CheckedCocoDataset', data_mode='bottomup', ann_file=ann_file,
        data_prefix=dict(img=images),
    )  # fmt: skip


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


def measure_loading(
    data: dict, img_size: Sequence[int], number: int, repetitions: int
) -> list[LoadingResult]:
    """Measure all pipelines, interleaved image by image.

    Args:
        data (dict): As :func:`training_data` returns it.
        img_size (Sequence[int]): Height and width of the input.
        number (int): Images taken from the dataset.
        repetitions (int): Passes over these images.

    Raises:
        UserError: If the cache cannot be written.
    """
    size = tuple(img_size)[::-1]
    threads = torch.get_num_threads(), cv2.getNumThreads()
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    place = memory_folder()
    with tempfile.TemporaryDirectory(prefix='lrfg-pipeline-', dir=place) as folder, quiet():
        pipelines = dict(
            stock=stock_pipeline(size, dict(type='LoadImage')),
            cached=our_pipeline(size, folder),
            uncached=our_pipeline(size, None, RECENT),
        )
        datasets = {
            name: build_dataset(data, pipeline, indices=number)
            for name, pipeline in pipelines.items()
        }
        count = len(datasets['stock'])
        _fill(datasets['cached'])
        for index in range(RECENT // 3 + 1):
            datasets['uncached'][index % count]
        np.random.seed(0)
        with Progress('loading', repetitions * count * len(datasets)) as progress:
            done = itertools.count()
            found = interleave(
                {name: _loader(dataset) for name, dataset in datasets.items()},
                repetitions * count,
                warm_ups=0,
                on_turn=lambda name: progress.update(next(done), text=name),
            )
    torch.set_num_threads(threads[0])
    cv2.setNumThreads(threads[1])
    seconds = {  # by pipeline: (repetitions, parts)
        name: np.reshape([[turn.get(p, 0) for p in PARTS] for turn in turns],
                         (repetitions, count, len(PARTS))).sum(axis=1)
        for name, turns in found.items()
    }  # fmt: skip
    rates = {name: count / own.sum(axis=1) for name, own in seconds.items()}
    return [
        LoadingResult(
            name,
            float(np.median(rates[name])),
            float(np.median(rates[name] / rates['stock'])),
            dict(zip(PARTS, (1000 * np.median(own, axis=0) / count).tolist())),
        )
        for name, own in seconds.items()
    ]


def _fill(dataset) -> None:
    """Put every image into the cache, as in training after the first epoch."""
    loader = dataset.pipeline.transforms[0].load.transforms[0]
    for index in range(len(dataset)):
        loader({**dataset.get_data_info(index), 'dataset': dataset})
    if loader.cache is None:
        raise UserError('the cache of decoded images cannot be written; is the disk full?')


def _loader(dataset):
    """Return a function that loads the next image and returns the seconds by part."""
    # Time of the process, not of the clock: other processes may use the core too.
    timer = StageTimer(clock=time.process_time)
    for transform in dataset.pipeline.transforms:
        inner = getattr(transform, 'load', None) or getattr(transform, 'pre_transform', None)
        for step in (transform, *(inner.transforms if inner else ())):
            timer.wrap(step, 'transform', PARTS_OF.get(type(step).__name__, 'augment'))
    images = map(dataset.__getitem__, itertools.cycle(range(len(dataset))))

    def load(images, timer) -> dict[str, float]:
        next(images)
        return timer.pop()

    return partial(load, images, timer)


def loading_table(results: Sequence[LoadingResult]) -> Table:
    """Return a table of the speeds."""
    parts = [
        Column(f'{part} ms', lambda row, part=part: row.milliseconds[part], '.1f')
        for part in PARTS
    ]  # fmt: skip
    columns = [
        Column('pipeline', lambda row: PIPELINES[row.name]),
        Column('images/s', 'images_per_second', '.1f'),
        *parts,
        Column('ratio', format='.2f'),
    ]
    return Table(results, columns, 'Data loading on one core; ratio of images/s')
