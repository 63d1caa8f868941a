"""The page that runs an exported network in a browser: its files, and the network beside them."""

import json
import shutil
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import mmpose_lrfg
from mmpose_lrfg.runtime import Metadata
from mmpose_lrfg.runtime.drawing import COLOURS, part_colours
from mmpose_lrfg.runtime.files import replacing
from mmpose_lrfg.utils.errors import UserError, check_new

from .export import Report, export_checkpoint
from .options import ExportOptions

SOURCE = Path(mmpose_lrfg.__file__).parent / 'web'
"""Folder of the page's own files."""
PAGE = ('style.css', 'pose.js', 'draw.js', 'worker.js', 'app.js', 'index.html')
"""Those files; the last one makes the page complete."""
MODEL, DESCRIPTION, ORT = 'model.onnx', 'model.json', 'ort'
"""Network, its description, and the folder of ONNX Runtime Web beside them."""
ORT_FILES = (
    'ort.webgpu.min.mjs',
    'ort-wasm-simd-threaded.asyncify.mjs',
    'ort-wasm-simd-threaded.asyncify.wasm',
)
"""The files of ONNX Runtime Web with WebGPU and WebAssembly."""
EXCLUDED = dict(format='onnx', dynamic=False, batch_size=1, uint8=False, nms='none')
"""Options of the export that the page fixes."""


def export_page(
    config: str,
    checkpoint: str,
    options: ExportOptions,
    folder: str | Path,
    ort: str | Path | None = None,
    overwrite: bool = False,
) -> Report:
    """Write a static web page that runs a network, with everything that it needs.

    Args:
        config, checkpoint (str): As for :meth:`PosePredictor.from_files`.
        options (ExportOptions): Of the export; the page needs one float32 image and no NMS.
        folder (str | Path): Folder of the page.
        ort (str | Path, optional): Folder of ONNX Runtime Web, as for :func:`find_ort`.
        overwrite (bool): Replace an existing page.

    Returns:
        Report: Of the network in the page.

    Raises:
        UserError: As :func:`.export_checkpoint`, or if an option does not fit, ONNX Runtime Web is
            missing, or the page exists.
        OSError: If a file cannot be written.
    """
    wrong = [name for name, value in EXCLUDED.items() if getattr(options, name) != value]
    if wrong:
        names = ', '.join(f'--{name.replace("_", "-")}' for name in wrong)
        raise UserError(
            f'--web excludes {names}: its page runs ONNX on one float32 image, then NMS'
        )
    folder, ort = Path(folder), find_ort(ort)
    check_new(folder / PAGE[-1], overwrite)
    with tempfile.TemporaryDirectory() as temporary:
        report = export_checkpoint(config, checkpoint, options, Path(temporary, MODEL))
        description = Path(temporary, DESCRIPTION)
        description.write_text(json.dumps(describe_page(report.metadata)))
        sources = {f'{ORT}/{name}': ort / name for name in ORT_FILES}
        sources |= {MODEL: report.paths[0], DESCRIPTION: description}
        sources |= {name: SOURCE / name for name in PAGE}
        for name, source in sources.items():
            with replacing(folder / name) as target:
                shutil.copyfile(source, target)
    return replace(report, paths=(folder / MODEL,))


def describe_page(metadata: Metadata) -> dict:
    """Return the metadata of a file, and the colours of its links and keypoints, for the page."""
    links, keypoints = part_colours(metadata.skeleton, COLOURS)
    colours = dict(link_colours=links, keypoint_colours=keypoints)
    return asdict(metadata) | {
        name: [f'#{r:02x}{g:02x}{b:02x}' for b, g, r in each] for name, each in colours.items()
    }


def find_ort(folder: str | Path | None = None) -> Path:
    """Return the folder that contains :data:`ORT_FILES`.

    Args:
        folder (str | Path, optional): A folder with the files, with ``dist`` or with
            ``node_modules`` (default: that of the page's own files).

    Raises:
        UserError: If a file is missing.
    """
    root = Path(folder or SOURCE)
    for place in (root, root / 'dist', root / 'node_modules/onnxruntime-web/dist'):
        if all((place / name).is_file() for name in ORT_FILES):
            return place
    package = json.loads((SOURCE / 'package.json').read_text())['dependencies']
    name, version = 'onnxruntime-web', package['onnxruntime-web']
    raise UserError(
        f'{root} does not contain ONNX Runtime Web ({ORT_FILES[0]} ...); install it with '
        f'npm install --prefix ort {name}@{version} and add --ort ort'
    )
