"""Writes a network to a file, runs the file, and keeps it only if it agrees with the network."""

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn

from mmpose_lrfg.apis.model_specs import ExportedPredictor, ModelSpec
from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.runtime import Metadata, ModelError
from mmpose_lrfg.runtime.engines import Engine, open_engine
from mmpose_lrfg.runtime.files import disk_full, full_disk_error
from mmpose_lrfg.utils.errors import UserError, check_new, check_not_input

from .agreement import Difference, agrees, compare_anchors, compare_people, reference_rows
from .images import to_input, trial_images
from .network import ExportNetwork
from .options import ExportOptions, describe
from .quantization import quantize
from .writers import TorchScriptEngine, write_onnx, write_openvino, write_torchscript


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
    with _temporary_folder(path) as folder:
        engine = write(model, folder / path.name, metadata, options)
        if metadata.nms == 'none':
            difference = compare(engine, partial(reference_rows, model))
        else:
            # All anchors with the network, then the NMS with the runtime's on the same numbers:
            # a difference in the last digit could decide a tie the other way.
            with tempfile.TemporaryDirectory() as other:
                before = replace(metadata, nms='none')
                every = write(model, Path(other, path.name), before, options)
                difference = compare(every, partial(reference_rows, model))
                difference |= compare(engine, every.run)
        if must_agree and not agrees(difference, metadata.precision):
            raise UserError(
                f'the exported file disagrees with the network by {difference}, so it was removed'
            )
        # The weights of OpenVINO before the file that names them.
        written = sorted(folder.iterdir(), key=lambda file: file.suffix != '.bin')
        for file in written:
            file.replace(path.with_name(file.name))
    paths = tuple(path.with_name(file.name) for file in reversed(written))
    return Report(paths, difference, metadata)


def open_exported(
    spec: ModelSpec, img_size: Sequence[int] | None = None, **options
) -> ExportedPredictor:
    """Export a config and checkpoint to a temporary file and load it.

    Args:
        spec (ModelSpec): With a config.
        img_size (Sequence[int], optional): Height and width of the input (default: the config's).
        options: Arguments of :class:`ExportedPredictor`.

    Raises:
        UserError: If it cannot be exported or loaded.
    """
    model = PosePredictor.from_files(spec.config, spec.path, img_size=img_size).model
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'network.onnx')
        export(model, path, ExportOptions(uint8=True, dynamic=True))
        return ExportedPredictor(str(path), **options)


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


@contextlib.contextmanager
def _temporary_folder(path: Path) -> Iterator[Path]:
    """Create a folder beside ``path``; report a full disk, which libraries often hide."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix='.export-') as folder:
        try:
            yield Path(folder)
        except UserError:
            raise
        except Exception as error:
            for place in (folder, tempfile.gettempdir()):
                if disk_full(place):
                    raise full_disk_error(path if place == folder else place) from error
            raise


def write(model: nn.Module, path: Path, metadata: Metadata, options: ExportOptions) -> Engine:
    """Write the file that ``metadata`` describe to ``path``, and load it."""
    example = torch.from_numpy(next(trial_batches(metadata)))
    network = ExportNetwork(
        model,
        uint8=metadata.input == 'uint8',
        half=metadata.precision == 'fp16' and options.format != 'openvino',
        nms=metadata.nms,
        thresholds=metadata.thresholds,
    ).eval()
    if options.format == 'torchscript':
        write_torchscript(network, example, metadata, path)
    elif options.format == 'openvino':
        with tempfile.TemporaryDirectory() as folder:
            onnx_path = Path(folder, 'network.onnx')
            write_onnx(network, example, metadata, onnx_path, options.opset)
            write_openvino(onnx_path, metadata, path)
    else:
        write_onnx(network, example, metadata, path, options.opset)
        if options.int8:
            quantize(path, metadata, options.calib)
    try:
        engine = TorchScriptEngine(path) if path.suffix == '.pt' else open_engine(path)
    except ModelError as error:
        raise UserError(f'the exported file cannot be run: {error}') from error
    if engine.metadata != metadata:
        raise UserError(f'the exported file {path.name} has other metadata than were written')
    return engine


def compare(engine: Engine, rows_of: Callable[[np.ndarray], np.ndarray]) -> Difference:
    """Compare a file with ``rows_of``, which returns every anchor of a batch of trial images."""
    total = Difference()
    for images in trial_batches(engine.metadata):
        output, rows = engine.run(images), rows_of(images)
        if engine.metadata.nms == 'none':
            total |= compare_anchors(output, rows)
        else:
            total |= compare_people(output, rows, engine.metadata)
    return total


def trial_batches(metadata: Metadata) -> Iterator[np.ndarray]:
    """Yield inputs of the described size and, for dynamic axes, of a second one."""
    images = trial_images()
    count = len(images)
    batch = count if metadata.dynamic else metadata.batch
    sizes = [metadata.size]
    if metadata.dynamic:
        height, width = metadata.size
        sizes.append((height, width + metadata.divisor))
    for size in sizes:
        for start in range(0, count, batch):
            # From the first image again where they do not fill the last batch.
            chosen = [images[n % count] for n in range(start, start + batch)]
            yield to_input(chosen, metadata, size)
