"""Speed of the input pipeline beside MMPose's own transforms, on one core."""

import resource
import statistics
import tempfile
import time
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from mmengine.registry import DefaultScope
from mmpose.registry import DATASETS

from mmpose_lrfg import register  # noqa: F401
from mmpose_lrfg.datasets.image_cache import memory_folder
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

MEGA = 2**20
RECENT = 64
META_KEYS = ('id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size', 'flip_indices')
OURS = {
    'cached': 'ours, from the cache',
    'uncached': f'ours, no cache, partners of the last {RECENT}',
    'uncached_all': 'ours, no cache, partners from all',
}


def stock_transforms(size: Sequence[int], load: dict) -> list[dict]:
    """MMPose's transforms for the picture that ``MosaicAffine`` makes; size (width, height)."""
    return [
        load,
        dict(type='Mosaic', img_scale=tuple(size), pad_val=114, pre_transform=[load]),
        dict(
            type='BottomupRandomAffine',
            input_size=tuple(size),
            # Of the mosaic, twice the input: a scale of 1.5 to 0.5.
            scale_factor=(1 / 3, 1.0),
            shift_factor=0.05,
            rotate_prob=0,
            distribution='uniform',
            pad_val=114,
            bbox_keep_corner=False,
            clip_border=True,
        ),
        dict(type='YOLOXHSVRandomAug', hue_delta=3, saturation_delta=70, value_delta=50),
        dict(type='RandomFlip'),
        dict(
            type='FilterAnnotations',
            by_box=True,
            by_kpt=False,
            min_gt_bbox_wh=(4, 4),
            keep_empty=False,
        ),
    ]


def our_transforms(size: Sequence[int], directory: str | None, recent: int = 0) -> list[dict]:
    """Ours, with a cache in a folder, or without any; partners from the recent images or all."""
    load = dict(type='LoadCachedImage', long_side=max(size))
    load.update(dict(directory=directory) if directory else dict(budget=0))
    return [dict(type='MosaicAffine', input_size=tuple(size), load=[load], recent=recent)]


def dataset_config(
    config: str | None, folder: str | None, ann_file: str, images: str, side: int | None
) -> tuple[dict, tuple[int, int]]:
    """Config of a dataset without a pipeline, and the input's (width, height).

    Raises:
        UserError: If the config has no training data.
    """
    data, size = None, (640, 640)
    if config:
        cfg = load_config(config)
        data = cfg.get('train_dataloader', {}).get('dataset')
        if data is None:
            raise UserError(f'{config} has no train_dataloader.dataset')
        size = tuple(cfg.get('input_size', size))
    else:
        data = dict(type='CheckedCocoDataset', data_mode='bottomup', data_root=folder)
        data.update(ann_file=ann_file, data_prefix=dict(img=images))
    return {**data, 'pipeline': []}, (side, side) if side else size


def compare(data: dict, size: Sequence[int], number: int, rounds: int) -> dict:
    """Measure all in turns, image by image, so that a busy machine hits them alike.

    Args:
        data (dict): Config of the dataset.
        size (Sequence[int]): Width and height of the input.
        number (int): Images that are used.
        rounds (int): How often each pipeline makes that many inputs.

    Returns:
        dict: ``stock``, ``cached``, ``uncached`` (partners from recent images) and
        ``uncached_all`` in images a second of processor time (medians of the rounds),
        ``ratio_...`` of ours (medians of the ratios within a round), ``cache_mb``,
        ``peak_memory_mb``, and what was measured.
    """
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    target = dict(type='GenerateTarget', encoder=dict(type='YOLOXPoseAnnotationProcessor'))
    ours = dict(type='PackPlanes', meta_keys=META_KEYS)
    pack = dict(stock=dict(type='PackPoseInputs'))
    with (
        tempfile.TemporaryDirectory(prefix='lrfg-pipeline-', dir=memory_folder()) as folder,
        DefaultScope.overwrite_default_scope('mmpose'),
    ):
        pipelines = dict(
            stock=stock_transforms(size, dict(type='LoadImage')),
            uncached=our_transforms(size, None, RECENT),
            uncached_all=our_transforms(size, None),
            cached=our_transforms(size, folder),
        )
        datasets = {
            name: DATASETS.build(
                {
                    **data,
                    'indices': number,
                    'pipeline': [*own, target, pack.get(name, ours)],
                }
            )
            for name, own in pipelines.items()
        }
        count = len(datasets['stock'])
        cache = _fill(datasets['cached'])
        if cache is None:
            raise UserError('the cache of decoded images cannot be written; is the disk full?')
        for index in range(RECENT // 3 + 1):
            datasets['uncached'][index % count]
        speeds = {name: [] for name in datasets}
        for turn in range(rounds):
            seconds = dict.fromkeys(datasets, 0.0)
            np.random.seed(turn)
            for index in range(count):
                for name, dataset in datasets.items():
                    # Of the processor, not of the clock: other processes may want the core too.
                    start = time.process_time()
                    dataset[index]
                    seconds[name] += time.process_time() - start
            for name, spent in seconds.items():
                speeds[name].append(count / spent)
        numbers = {name: round(statistics.median(values), 1) for name, values in speeds.items()}
        for name in OURS:
            ratios = [our / their for our, their in zip(speeds[name], speeds['stock'])]
            numbers[f'ratio_{name}'] = round(statistics.median(ratios), 2)
        numbers['cache_mb'] = round(cache.size()[1] / MEGA, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    numbers['peak_memory_mb'] = round(peak / MEGA, 1)
    return {**numbers, 'images': count, 'size': list(size), 'rounds': rounds}


def report(numbers: dict) -> str:
    """The numbers as lines of text."""
    width, height = numbers['size']
    lines = [f'inputs of {width} x {height} from {numbers["images"]} images, one core:']
    for name, text in {'stock': "MMPose's transforms", **OURS}.items():
        ratio = numbers.get(f'ratio_{name}')
        times = f'  {ratio:.2f} times' if ratio else ''
        lines.append(f'  {text:<42}{numbers[name]:7.1f} images/s{times}')
    lines.append(f'  cache {numbers["cache_mb"]} MB, peak memory {numbers["peak_memory_mb"]} MB')
    return '\n'.join(lines)


def _fill(dataset):
    """Put every image into the cache: as in training after the first epoch."""
    loader = dataset.pipeline.transforms[0].load.transforms[0]
    for index in range(len(dataset)):
        loader({**dataset.get_data_info(index), 'dataset': dataset})
    return loader.cache
