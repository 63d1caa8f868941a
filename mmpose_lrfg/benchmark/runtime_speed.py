"""Speed of exported files and of PyTorch, from a decoded image to its poses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.runtime import PoseEstimator
from mmpose_lrfg.utils.config_files import find_config
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.tables import Column, Table

from .formats import Format
from .timing import Timing, interleave, summarize, timed

# Backends with other options than usual.
VARIANTS = {
    'fused-silu': Format('onnx', engine={'fuse_silu': True}),
    'bf16': Format('openvino', engine={'precision': 'bf16'}),
    'channels-first': Format('torch'),
}
Backend = Callable[[], object]


def time_backends(backends: Mapping[str, Backend], repetitions: int) -> dict[str, Timing]:
    """Time all backends; the first one is the reference of the ratios."""
    runs = {name: timed(run) for name, run in backends.items()}
    seconds = interleave(runs, repetitions)
    first = next(iter(seconds.values()))
    return {name: summarize(own, first) for name, own in seconds.items()}


def timing_table(timings: Mapping[str, Timing], title: str) -> Table:
    """Return a table of timings by name."""
    rows = [dict(backend=name, **asdict(timing)) for name, timing in timings.items()]
    columns = [
        Column('backend'),
        Column('ms', 'median', '.1f'),
        Column('p90', format='.1f'),
        Column('ratio', format='.2f'),
    ]
    return Table(rows, columns, title)


def collect_backends(
    files: Sequence[str],
    runtimes: Sequence[str],
    threads: int,
    image: np.ndarray,
    variants: Sequence[str] = (),
    config: str | None = None,
    checkpoint: str | None = None,
) -> dict[str, Backend]:
    """Return functions that find the poses in ``image``, by name.

    Args:
        files (Sequence[str]): Exported files.
        runtimes (Sequence[str]): For .onnx files, which OpenVINO runs as well.
        threads (int): CPU threads of each.
        image (ndarray): (H, W, 3) uint8 BGR.
        variants (Sequence[str]): Of :data:`VARIANTS`, to be timed as well.
        config, checkpoint (str, optional): Run by MMPose's inferencer and by PyTorch, unfused and
            fused.

    Raises:
        UserError: If there is nothing, or something cannot be loaded.
    """
    backends = _torch_backends(config, checkpoint, threads, image, variants) if config else {}
    for file in files:
        for runtime in runtimes if file.endswith('.onnx') else ['openvino']:
            name = f'{Path(file).name}, {runtime}'
            options = {name: {}}
            for variant in variants:
                if VARIANTS[variant].runtime == runtime:
                    options[f'{name}, {variant}'] = VARIANTS[variant].engine
            for title, more in options.items():
                run = PoseEstimator(file, runtime=runtime, threads=threads, **more)
                backends[title] = lambda run=run: run([image])
    if not backends:
        raise UserError('there is nothing to time: give files, or --config and --checkpoint')
    return backends


def _torch_backends(config, checkpoint, threads, image, variants) -> dict[str, Backend]:
    from mmpose.apis import MMPoseInferencer

    torch.set_num_threads(threads)
    predictor = PosePredictor.from_files(config, checkpoint)
    fused = predictor.fused()
    inferencer = MMPoseInferencer(
        pose2d=str(find_config(config)),
        pose2d_weights=checkpoint,
        device='cpu',
        show_progress=False,
    )
    backends = {
        'MMPoseInferencer': lambda: next(inferencer(image)),
        'PyTorch': lambda: predictor([image]),
        'PyTorch, fused': lambda: fused([image]),
    }
    if 'channels-first' in variants and hasattr(fused.model.backbone, 'memory_format'):
        first = predictor.fused()
        first.model.backbone.memory_format = torch.contiguous_format
        backends['PyTorch, fused, channels first'] = lambda: first([image])
    return backends
