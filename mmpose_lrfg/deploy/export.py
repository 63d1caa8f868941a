"""Writes a network to a file, runs the file, and keeps it only if it agrees with the network."""

import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.runtime import Metadata
from mmpose_lrfg.runtime.engines import Engine, open_engine
from mmpose_lrfg.runtime.files import disk_full, full_disk_error
from mmpose_lrfg.utils.downloads import is_web_address
from mmpose_lrfg.utils.errors import UserError, check_new, check_not_input
from mmpose_lrfg.weights import FOLDER

from .agreement import Difference, agrees, compare_anchors, compare_people, reference_rows
from .images import trial_batches
from .network import ExportNetwork
from .options import ExportOptions, describe
from .quantization import quantize
from .writers import write_onnx, write_openvino, write_torchscript


@dataclass(frozen=True)
class Report:
    """Result of an export.

    Args:
        paths (tuple[Path, ...]): The files, the one to open first.
        difference (Difference): Largest difference from PyTorch.
        metadata (Metadata): Of the file.
    """

    paths: tuple[Path, ...]
    difference: Difference
    metadata: Metadata

    def __str__(self) -> str:
        size = sum(path.stat().st_size for path in self.paths) / 1e6
        return f'{self.paths[0]} ({size:.1f} MB) differs from PyTorch by {self.difference} at most'


def export(
    model: nn.Module,
    path: str | Path,
    options: ExportOptions,
    must_agree: bool = True,
    overwrite: bool = False,
) -> Report:
    """Export ``model`` to ``path``.

    Args:
        model (nn.Module): A trained network as ``mmpose.apis.init_model`` returns it, on the CPU.
        path (str | Path): The file, with the suffix of its format.
        options (ExportOptions): Format, input and output of the file.
        must_agree (bool): Remove a file that disagrees with the network.
        overwrite (bool): Replace existing files.

    Raises:
        UserError: If network, options or suffix are not supported, a package is missing, the file
            exists, or it disagrees with the network.
        OSError: If the file cannot be written.
    """
    path = Path(path)
    check_output(path, options, overwrite)
    metadata = describe(model, options)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix='.export-') as folder:
        try:
            engine = write(model, Path(folder, path.name), metadata, options)
            difference = compare(engine, model, options)
        except UserError:
            raise
        except Exception as error:  # libraries often hide the reason
            for place, name in ((folder, path), (tempfile.gettempdir(), tempfile.gettempdir())):
                if disk_full(place):
                    raise full_disk_error(name) from error
            raise
        if must_agree and not agrees(difference, metadata.precision):
            raise UserError(
                f'the exported file disagrees with the network by {difference}, so it was removed'
            )
        # The weights of OpenVINO before the file that names them.
        written = sorted(Path(folder).iterdir(), key=lambda file: file.suffix != '.bin')
        paths = [file.replace(path.with_name(file.name)) for file in written]
    return Report(tuple(reversed(paths)), difference, metadata)


def export_checkpoint(
    config: str,
    checkpoint: str,
    options: ExportOptions,
    out: str | Path | None = None,
    overwrite: bool = False,
) -> Report:
    """Export a config and checkpoint.

    Args:
        config, checkpoint (str): As for :meth:`PosePredictor.from_files`.
        options (ExportOptions): Format, input and output of the file.
        out (str | Path, optional): The file. Default: NAME-OPTIONS.onnx, such as best-uint8.onnx,
            beside the checkpoint; in the working folder for released weights and web addresses.
        overwrite (bool): Replace existing files.

    Raises:
        UserError: As :func:`export`, or if config or checkpoint are invalid.
    """
    path = Path(checkpoint)
    folder = Path() if is_web_address(checkpoint) or path.parent == FOLDER else path.parent
    out = Path(out or folder / f'{path.stem}{options.variant}{options.suffix}')
    check_output(out, options, overwrite, [config, checkpoint])
    predictor = PosePredictor.from_files(config, checkpoint, img_size=options.img_size)
    return export(predictor.model, out, options, overwrite=overwrite)


def check_output(
    path: Path, options: ExportOptions, overwrite: bool, inputs: Iterable[str | Path] = ()
) -> None:
    """Check the output's path before the export.

    Args:
        path (Path): The file.
        options (ExportOptions): Of the export.
        overwrite (bool): Whether existing files may be replaced.
        inputs (Iterable[str | Path]): Files that are read; they are never replaced.

    Raises:
        UserError: If the suffix does not fit the format, or a file must not be replaced.
    """
    if path.suffix != options.suffix:
        raise UserError(f'{path}: files of {options.format} end in {options.suffix}')
    for file in (path, path.with_suffix('.bin'))[: 1 + (options.format == 'openvino')]:
        check_not_input([file], inputs)
        check_new(file, overwrite)


def write(model: nn.Module, path: Path, metadata: Metadata, options: ExportOptions) -> Engine:
    """Write the file that ``metadata`` describe to ``path``, and load it."""
    # OpenVINO halves the weights itself.
    half = metadata.precision == 'fp16' and options.format != 'openvino'
    network = ExportNetwork(model, metadata, half).eval()
    example = torch.from_numpy(next(trial_batches(metadata)))
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter('ignore')  # of tracing: the file is compared with the network
        if options.format == 'torchscript':
            write_torchscript(network, example, path)
            return open_engine(path)
        openvino = options.format == 'openvino'
        onnx_path = Path(folder, 'network.onnx') if openvino else path
        write_onnx(network, example, onnx_path, options.opset)
        if openvino:
            write_openvino(onnx_path, metadata, path)
        if options.int8:
            quantize(path, metadata, options.calib)
        return open_engine(path)


def compare(engine: Engine, model: nn.Module, options: ExportOptions) -> Difference:
    """Compare a file with the network it was written from, on the trial images.

    With NMS inside, a file without NMS is compared with the network, and the NMS with the runtime's
    on the same numbers: a difference in the last digit could decide a tie the other way.
    """
    metadata, total = engine.metadata, Difference()
    if metadata.nms == 'none':
        for images in trial_batches(metadata):
            total |= compare_anchors(engine.run(images), reference_rows(model, images))
        return total
    with tempfile.TemporaryDirectory() as folder:
        path, before = Path(folder, f'anchors{options.suffix}'), replace(metadata, nms='none')
        anchors = write(model, path, before, options)
        for images in trial_batches(metadata):
            total |= compare_people(engine.run(images), anchors.run(images), metadata)
        return compare(anchors, model, options) | total
