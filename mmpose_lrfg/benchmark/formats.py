"""Export formats and the runtimes that run them."""

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
from torch import nn

from mmpose_lrfg.deploy.export import export
from mmpose_lrfg.deploy.images import trial_images
from mmpose_lrfg.deploy.options import ExportOptions
from mmpose_lrfg.utils.errors import UserError, nearest

TORCH = 'torch'
LIBRARIES = {'onnx': 'onnxruntime', 'openvino': 'openvino'}


@dataclass(frozen=True)
class Format:
    """An export format and the runtime that runs it.

    Args:
        runtime (str): ``'onnx'`` or ``'openvino'``.
        export, engine (Mapping): Options of the export and of the runtime.
    """

    runtime: str
    export: Mapping = field(default_factory=dict)
    engine: Mapping = field(default_factory=dict)

    def write(
        self,
        model: nn.Module,
        path: Path,
        calib: Path | None = None,
        size: tuple[int, int] | None = None,
    ) -> Path:
        """Export a model with uint8 input.

        Args:
            model (nn.Module): As ``mmpose.apis.init_model`` returns it.
            path (Path): The file, without a suffix.
            calib (Path, optional): Folder of typical images, from which integers get their ranges;
                by default two portraits, which is enough to measure the speed.
            size (tuple[int, int], optional): Height and width of the input in pixels.

        Returns:
            Path: The file to open.
        """
        more = {}
        if 'int8' in self.export:
            more['calib'] = calib or path.with_name(f'{path.name}-calib')
            if calib is None:
                more['calib'].mkdir()
                for number, image in enumerate(trial_images()):
                    cv2.imwrite(str(more['calib'] / f'{number}.png'), image)
        options = ExportOptions(uint8=True, img_size=size, **self.export, **more)
        # Speed and AP are measured, so that small differences need not prevent the export.
        path = path.with_name(path.name + options.suffix)
        return export(model, path, options, must_agree=False).paths[0]


FORMATS = {
    'onnx': Format('onnx'),
    'onnx-fp16': Format('onnx', {'half': True}),
    'onnx-int8': Format('onnx', {'int8': True}),
    'openvino': Format('openvino', {'format': 'openvino'}),
    'openvino-bf16': Format('openvino', {'format': 'openvino'}, {'precision': 'bf16'}),
    # OpenVINO runs the integers of the ONNX file.
    'openvino-int8': Format('openvino', {'int8': True}),
}


def installed_runtimes() -> list[str]:
    """Return the runtimes whose packages are installed; they are not imported."""
    return [name for name, package in LIBRARIES.items() if importlib.util.find_spec(package)]


def choose_formats(names: Sequence[str] | None = None) -> list[str]:
    """Return names of formats in the order of :data:`FORMATS`, by default all that run here.

    Raises:
        UserError: If a name is unknown, or its package is not installed.
    """
    runtimes = installed_runtimes()
    available = [name for name, form in FORMATS.items() if form.runtime in runtimes]
    for name in names or ():
        if name not in FORMATS:
            raise UserError(f'unknown format {name}.{nearest(name, FORMATS)}')
        if name not in available:
            package = LIBRARIES[FORMATS[name].runtime]
            raise UserError(f'the format {name} needs a package: pip install {package}')
    return [name for name in available if not names or name in names]
