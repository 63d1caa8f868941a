"""Export formats and the runtimes that run them."""

from collections.abc import Sequence
from pathlib import Path

import cv2
from torch import nn

from mmpose_lrfg.deploy.export import export
from mmpose_lrfg.deploy.images import trial_images
from mmpose_lrfg.deploy.options import ExportOptions
from mmpose_lrfg.runtime.libraries import PACKAGES, has_bfloat16, installed
from mmpose_lrfg.utils.errors import UserError, nearest

#: Options of the export and of the runtime, by format, which begins with the runtime.
FORMATS = {
    'onnx': ({}, {}),
    'onnx-fp16': ({'half': True}, {}),
    'onnx-int8': ({'int8': True}, {}),
    'openvino': ({'format': 'openvino'}, {}),
    'openvino-bf16': ({'format': 'openvino'}, {'precision': 'bf16'}),
    # OpenVINO runs the integers of the ONNX file.
    'openvino-int8': ({'int8': True}, {}),
}


def runtime_options(name: str) -> dict:
    """Return the options of :class:`.PoseEstimator` that run a format."""
    return dict(FORMATS[name][1], runtime=name.partition('-')[0])


def write(
    name: str,
    model: nn.Module,
    path: Path,
    calib: Path | None = None,
    size: tuple[int, int] | None = None,
) -> Path:
    """Export a model with uint8 input.

    Args:
        name (str): A key of :data:`FORMATS`.
        model (nn.Module): As ``mmpose.apis.init_model`` returns it.
        path (Path): The file, without its suffix, with which it is returned.
        calib (Path, optional): Folder of typical images, from which integers get their ranges; by
            default the trial images, which is enough to measure the speed.
        size (tuple[int, int], optional): Height and width of the input in pixels.
    """
    more = dict(FORMATS[name][0])
    if 'int8' in more:
        more['calib'] = calib or path.with_name(f'{path.name}-calib')
        if calib is None:
            more['calib'].mkdir()
            for number, image in enumerate(trial_images()):
                cv2.imwrite(str(more['calib'] / f'{number}.png'), image)
    options = ExportOptions(uint8=True, img_size=size, **more)
    # Speed and AP are measured, so that small differences need not prevent the export.
    path = path.with_name(path.name + options.suffix)
    return export(model, path, options, must_agree=False).paths[0]


def choose_formats(names: Sequence[str] | None = None) -> list[str]:
    """Return names of formats in the order of :data:`FORMATS`, by default all that run here.

    Raises:
        UserError: If a name is unknown, or its package is not installed.
    """
    available = [name for name in FORMATS if installed(runtime_options(name)['runtime'])]
    for name in names or ():
        if name not in FORMATS:
            raise UserError(f'unknown format {name}.{nearest(name, FORMATS)}')
        if name not in available:
            package = PACKAGES[runtime_options(name)['runtime']]
            raise UserError(f'the format {name} needs a package: pip install {package}')
        if name.endswith('bf16') and not has_bfloat16():
            raise UserError(f'this processor does not compute in bfloat16; omit {name}')
    if not has_bfloat16():
        available = [name for name in available if not name.endswith('bf16')]
    return [name for name in available if not names or name in names]
