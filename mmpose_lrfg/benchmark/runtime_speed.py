"""Compares the speed of several ways to the same poses, fairly on a machine that is not quiet."""

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from mmpose_lrfg.apis.model_specs import ExportedPredictor
from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.utils.config_files import find_config
from mmpose_lrfg.utils.errors import UserError

VARIANTS = {
    'fused-silu': ('onnx', {'fuse_silu': True}),
    'bf16': ('openvino', {'precision': 'bf16'}),
    'channels-first': ('torch', {}),
}
"""By name: what runs it, and with which options instead of those that are usual."""


@dataclass(frozen=True)
class Timing:
    """Of one way.

    Args:
        name (str): Which.
        milliseconds (float): Median over the rounds, from a decoded image to its poses.
        ratio (float): Median over the rounds of its time over that of the first way in the same
            round: what disturbs the machine disturbs both.
    """

    name: str
    milliseconds: float
    ratio: float


def paired_rounds(ways: Mapping[str, Callable[[], object]], rounds: int) -> list[Timing]:
    """Time all ways once in every round, each round beginning with another one.

    Args:
        ways (Mapping[str, Callable]): By name; the first is what the others are compared with.
        rounds (int): After one that does not count.
    """
    names = list(ways)
    times = np.zeros((rounds + 1, len(names)))
    for number in range(rounds + 1):
        for place in range(len(names)):
            index = (number + place) % len(names)
            start = time.perf_counter()
            ways[names[index]]()
            times[number, index] = time.perf_counter() - start
    times = times[1:]
    ratios = np.median(times / times[:, :1], axis=0)
    medians = np.median(times, axis=0) * 1000
    return [Timing(*each) for each in zip(names, medians.tolist(), ratios.tolist())]


def collect_ways(
    files: list[str],
    network: tuple[str, str] | None,
    runtimes: list[str],
    threads: int,
    image: np.ndarray,
    variants: Sequence[str] = (),
) -> dict[str, Callable[[], object]]:
    """Everything that finds poses in ``image``, each on so many threads.

    Args:
        files (list[str]): Exported files.
        network (tuple[str, str], optional): Config and checkpoint: through MMPose's inferencer,
            and by PyTorch as it is, and fused.
        runtimes (list[str]): For .onnx files, which OpenVINO runs as well.
        variants (Sequence[str]): Of ``VARIANTS``, which of them to time as well.

    Raises:
        UserError: If there is nothing, or something cannot be loaded.
    """
    ways = {}
    if network:
        torch.set_num_threads(threads)
        predictor = PosePredictor.from_files(*network)
        inferencer = mmpose_inferencer(*network)
        ways['MMPoseInferencer'] = lambda: next(inferencer(image))
        ways['PyTorch'] = lambda: predictor([image])
        fused = predictor.fused()
        ways['PyTorch, fused'] = lambda: fused([image])
        if 'channels-first' in variants and hasattr(fused.model.backbone, 'memory_format'):
            first = PosePredictor(_with_cfg(copy.deepcopy(fused.model), predictor.model))
            first.model.backbone.memory_format = torch.contiguous_format
            ways['PyTorch, fused, channels first'] = lambda: first([image])
    for file in files:
        for runtime in runtimes if file.endswith('.onnx') else ['openvino']:
            run = ExportedPredictor(file, runtime=runtime, threads=threads)
            ways[f'{Path(file).name}, {runtime}'] = lambda run=run: run([image])
            for variant in variants:
                wanted, options = VARIANTS[variant]
                if wanted != runtime:
                    continue
                run = ExportedPredictor(file, runtime=runtime, threads=threads, **options)
                ways[f'{Path(file).name}, {runtime}, {variant}'] = lambda run=run: run([image])
    if not ways:
        raise UserError('there is nothing to time: give files, or --config and --checkpoint')
    return ways


def mmpose_inferencer(config: str, checkpoint: str) -> Callable:
    """What users of MMPose call, with the same network."""
    from mmpose.apis import MMPoseInferencer

    return MMPoseInferencer(
        pose2d=str(find_config(config)),
        pose2d_weights=checkpoint,
        device='cpu',
        show_progress=False,
    )


def _with_cfg(fused: nn.Module, model: nn.Module) -> nn.Module:
    fused.cfg, fused.dataset_meta = model.cfg, model.dataset_meta
    return fused
