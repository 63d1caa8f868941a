"""Writes a network as a file, runs the file, and keeps it only if it says what the network says."""

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn

from mmpose_lrfg.runtime import Metadata, ModelError
from mmpose_lrfg.runtime.engines import Engine, open_engine
from mmpose_lrfg.runtime.files import disk_full, full_disk_error
from mmpose_lrfg.utils.errors import UserError, check_new, check_not_input

from .agreement import Difference, agrees, compare_anchors, compare_people, reference_rows
from .description import describe
from .network import ExportNetwork
from .onnx_file import write_onnx
from .openvino_file import write_openvino
from .options import SUFFIXES, ExportOptions
from .pictures import to_input, trial_pictures
from .quantization import quantize
from .torchscript_file import TorchScriptEngine, write_torchscript


@dataclass(frozen=True)
class Report:
    """What was written.

    Args:
        paths (tuple[Path, ...]): The files, the one to open first.
        difference (Difference): The largest from PyTorch.
        metadata (Metadata): What the file says of itself.
    """

    paths: tuple
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
        path (str | Path): The file; its suffix is that of the format.
        options (ExportOptions): How.
        must_agree (bool): Keep no file that disagrees with the network.
        overwrite (bool): Replace files that exist.

    Returns:
        Report: Files and differences.

    Raises:
        UserError: If the network, the options and the suffix do not go together, a package is
            missing, the file exists, or it disagrees with the network: then there is no file.
        OSError: If the file cannot be written.
    """
    path = Path(path)
    check_output(path, options, overwrite)
    metadata = describe(model, options)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _temporary_folder(path) as folder:
        temporary = folder / path.name
        engine = write(model, temporary, metadata, options)
        if metadata.nms == 'none':
            difference = compare(engine, partial(reference_rows, model))
        else:
            # First every anchor against the network, then what NMS keeps of just those numbers:
            # with others, in the last digit, a tie might end the other way.
            with tempfile.TemporaryDirectory() as other:
                every = write(model, Path(other, path.name), replace(metadata, nms='none'), options)
                difference = compare(every, partial(reference_rows, model))
                difference |= compare(engine, every.run)
        if must_agree and not agrees(difference, metadata.precision):
            raise UserError(
                f'the file that was written disagrees with the network by {difference}, so it was '
                'removed'
            )
        written = sorted(folder.iterdir(), key=lambda file: file.suffix != '.bin')
        for file in written:  # weights before the file that names them
            file.replace(path.with_name(file.name))
    paths = tuple(path.with_name(file.name) for file in reversed(written))
    return Report(paths, difference, metadata)


def check_output(
    path: Path, options: ExportOptions, overwrite: bool, inputs: Iterable[str | Path] = ()
) -> None:
    """Check where a file is to be written, before the work begins.

    Args:
        path (Path): The file.
        options (ExportOptions): Of the export.
        overwrite (bool): Whether files that exist may be replaced.
        inputs (Iterable[str | Path]): Files that are read; they are never replaced.

    Raises:
        UserError: If the suffix is not the format's, or a file is in the way.
    """
    suffix = SUFFIXES[options.format]
    if path.suffix != suffix:
        raise UserError(f'{path}: files of {options.format} end in {suffix}')
    for file in (path, path.with_suffix('.bin'))[: 1 + (options.format == 'openvino')]:
        check_not_input([file], inputs)
        check_new(file, overwrite)


@contextlib.contextmanager
def _temporary_folder(path: Path) -> Iterator[Path]:
    """A folder beside ``path``; an error because of a full disk names ``path``."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix='.export-') as folder:
        try:
            yield Path(folder)
        except UserError:
            raise
        except Exception as error:
            # The libraries that write models often report something else.
            for place in (folder, tempfile.gettempdir()):
                if disk_full(place):
                    raise full_disk_error(path if place == folder else place) from error
            raise


def write(model: nn.Module, path: Path, metadata: Metadata, options: ExportOptions) -> Engine:
    """Write to ``path`` what ``metadata`` describe, and load it."""
    example = torch.from_numpy(next(trial_batches(metadata)))
    network = ExportNetwork(
        model,
        uint8=metadata.input == 'uint8',
        half=metadata.precision == 'fp16' and options.format != 'openvino',
        nms=metadata.nms,
        test_cfg=metadata.thresholds,
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
        raise UserError(f'the file that was written cannot be run: {error}') from error
    if engine.metadata != metadata:
        raise UserError(f'{path.name} does not describe itself as it should')
    return engine


def compare(engine: Engine, rows_of: Callable[[np.ndarray], np.ndarray]) -> Difference:
    """Run trial pictures through a file and through ``rows_of``, which returns every anchor."""
    total = Difference()
    for images in trial_batches(engine.metadata):
        output, rows = engine.run(images), rows_of(images)
        if engine.metadata.nms == 'none':
            total |= compare_anchors(output, rows)
        else:
            total |= compare_people(output, rows, engine.metadata)
    return total


def trial_batches(metadata: Metadata) -> Iterator[np.ndarray]:
    """Inputs for the file described, at the trained size and, if it takes any, another one."""
    pictures = trial_pictures()
    batch = len(pictures) if metadata.dynamic else metadata.batch
    count, pictures = len(pictures), pictures * batch
    sizes = [metadata.size]
    if metadata.dynamic:
        height, width = metadata.size
        sizes.append((height, width + metadata.divisor))
    for size in sizes:
        for start in range(0, count, batch):
            yield to_input(pictures[start : start + batch], metadata, size)
