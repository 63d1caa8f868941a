"""Exported copies of checkpoints in the user's cache folder, which predict faster than PyTorch.

A copy is named by a hash of what it is made of and by its own checksum. Nothing here imports torch
while there is a copy.
"""

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

from mmengine.config import Config

import mmpose_lrfg
from mmpose_lrfg.checkpoints.loading import find_checkpoint
from mmpose_lrfg.runtime import PoseEstimator
from mmpose_lrfg.runtime.engines import fastest
from mmpose_lrfg.runtime.libraries import PACKAGES, installed
from mmpose_lrfg.utils.config_files import find_config
from mmpose_lrfg.utils.downloads import sha256_of
from mmpose_lrfg.utils.errors import UserError

OPTIONS = dict(uint8=True, dynamic=True)
"""Options of the export: a copy serves all batch and image sizes."""
KEPT = 20
"""Copies that are kept, the last used ones."""


def cache_folder() -> Path:
    """Return ``$XDG_CACHE_HOME/mmpose_lrfg``, by default in ``~/.cache``."""
    base = os.environ.get('XDG_CACHE_HOME') or Path(os.path.expanduser('~'), '.cache')  # noqa: PTH111
    return Path(base, 'mmpose_lrfg')


def cache_key(config: str, checkpoint: str) -> str:
    """Return a hash of the checkpoint, the whole config, the options and this package's version."""
    content = Config.fromfile(find_config(config), import_custom_modules=False)._cfg_dict
    parts = [mmpose_lrfg.__version__, OPTIONS, sha256_of(Path(checkpoint)), repr(content)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def find_copy(key: str) -> Path | None:
    """Return the copy with a key; a damaged one is removed."""
    for path in cache_folder().glob(f'{key}-*.onnx'):
        if path.stem.endswith(sha256_of(path)[:16]):
            with contextlib.suppress(OSError):  # read-only
                path.touch()
            return path
        path.unlink()
    return None


def write_copy(key: str, model) -> Path:
    """Export a network into the cache; return the file.

    Args:
        key (str): See :func:`cache_key`.
        model (nn.Module): As ``mmpose.apis.init_model`` returns it, on the CPU.

    Raises:
        UserError: If the network cannot be exported.
        OSError: If the cache cannot be written.
    """
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix='.export-') as temporary:
        from .export import export
        from .options import ExportOptions

        file = export(model, Path(temporary, 'network.onnx'), ExportOptions(**OPTIONS)).paths[0]
        path = file.replace(folder / f'{key}-{sha256_of(file)[:16]}.onnx')
    newest_first = sorted(folder.glob('*.onnx'), key=lambda file: -file.stat().st_mtime)
    for old in newest_first[KEPT:]:
        old.unlink()
    return path


def open_network(
    config: str,
    checkpoint: str,
    runtime: str = 'auto',
    device: str = 'cpu',
    precision: str | None = None,
    flip_test: bool = False,
    **options,
):
    """Load a config and checkpoint for prediction.

    Args:
        config, checkpoint (str): As for :meth:`PosePredictor.from_files`.
        runtime (str): ``'torch'``; ``'onnx'`` or ``'openvino'`` for the copy in the cache; or
            ``'auto'``: on a CPU the fastest that is installed, OpenVINO in bfloat16 where the
            processor has it, and torch where there is no copy or an option needs torch.
        device, precision, flip_test, options: Of the predictor that is returned.

    Returns:
        PoseEstimator | PosePredictor: The loaded network.

    Raises:
        UserError: If it cannot be loaded, or the runtime does not support an option.
    """
    auto = runtime == 'auto'
    if auto:
        runtime = 'torch' if device != 'cpu' or flip_test else fastest()
        if (runtime in PACKAGES and not installed(runtime)) or (
            runtime == 'onnx' and precision in ('bf16', 'fp16')
        ):
            runtime = 'torch'
    if flip_test and runtime != 'torch':
        raise UserError(f'the flip test runs in torch, not in {runtime}')
    path = None if runtime == 'torch' else _copy(config, find_checkpoint(checkpoint), auto)
    if path is not None:
        if auto and runtime == 'openvino':
            precision = precision or 'auto'
        return PoseEstimator(path, runtime=runtime, device=device, precision=precision, **options)
    from mmpose_lrfg.apis.predictor import PosePredictor

    options |= dict(device=device, precision=precision, flip_test=flip_test or None)
    return PosePredictor.from_files(config, checkpoint, **options).fused()


def _copy(config: str, checkpoint: str, optional: bool) -> Path | None:
    """Return the copy of a checkpoint, written first if needed; None if it fails and may."""
    key = cache_key(config, checkpoint)
    with contextlib.suppress(OSError):  # a damaged copy that cannot be removed
        if path := find_copy(key):
            return path
    from mmpose_lrfg.apis.predictor import PosePredictor

    predictor = PosePredictor.from_files(config, checkpoint)
    print(f'exporting the network once to {cache_folder()}', file=sys.stderr)
    try:
        return write_copy(key, predictor.model)
    except (UserError, OSError) as error:
        if not optional:
            raise
        print(f'predicting in PyTorch: {error}', file=sys.stderr)
        return None
