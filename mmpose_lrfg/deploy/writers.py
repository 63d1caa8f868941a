"""Writes a network as ONNX, OpenVINO or TorchScript, with its metadata."""

import contextlib
import importlib
import inspect
import io
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmpose_lrfg.runtime.metadata import INPUT, KEY, OUTPUT, Metadata
from mmpose_lrfg.utils.errors import UserError

from .network import ExportNetwork

EXTRA = f'{KEY}.json'
"""Name of the metadata's file in a TorchScript archive."""


def write_onnx(
    network: ExportNetwork, example: Tensor, metadata: Metadata, path: Path, opset: int
) -> None:
    """Write ``network`` and its metadata to ``path``.

    Args:
        network (ExportNetwork): To export.
        example (Tensor): An input of the described type and, unless dynamic, shape.

    Raises:
        UserError: If onnx is not installed.
    """
    onnx = import_package('onnx')
    # This exporter needs no package beside torch; torch before 2.5 has no other.
    parameters = inspect.signature(torch.onnx.export).parameters
    exporter = {'dynamo': False} if 'dynamo' in parameters else {}
    axes = dynamic_axes(metadata)
    with quiet():
        torch.onnx.export(
            network,
            (example,),
            str(path),
            input_names=[INPUT],
            output_names=[OUTPUT],
            opset_version=opset,
            dynamic_axes=axes or None,
            **exporter,
        )
    model = onnx.load(str(path))
    name_axes(model.graph, axes.get(OUTPUT, {}), metadata)
    model.graph.doc_string = ''
    model.producer_name, model.producer_version = 'mmpose_lrfg', ''
    add_metadata(model, metadata)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def write_openvino(onnx_path: Path, metadata: Metadata, path: Path) -> None:
    """Convert an ONNX file to ``path`` (.xml) and its neighbour ``.bin``.

    Raises:
        UserError: If openvino is not installed.
    """
    openvino = import_package('openvino')
    model = openvino.Core().read_model(str(onnx_path))
    model.set_rt_info(metadata.to_json(), [KEY])
    openvino.save_model(model, str(path), compress_to_fp16=metadata.precision == 'fp16')


def write_torchscript(
    network: ExportNetwork, example: Tensor, metadata: Metadata, path: Path
) -> None:
    """Trace ``network`` on ``example`` and write it with its metadata to ``path``."""
    with quiet(), torch.no_grad():
        traced = torch.jit.trace(network, example, check_trace=False)
        # To memory first: on a full disk torch aborts the process.
        data = io.BytesIO()
        torch.jit.save(traced, data, _extra_files={EXTRA: metadata.to_json()})
    path.write_bytes(data.getbuffer())


class TorchScriptEngine:
    """Runs a TorchScript file; the interface of :class:`mmpose_lrfg.runtime.engines.Engine`."""

    def __init__(self, path: Path):
        extra = {EXTRA: ''}
        with quiet():
            self.module = torch.jit.load(str(path), 'cpu', _extra_files=extra)
        text = extra[EXTRA]
        text = text.decode() if isinstance(text, bytes) else text
        self.metadata = Metadata.from_json(text, path)

    def run(self, images: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return self.module(torch.from_numpy(images)).numpy()


def import_package(name: str):
    """Import a package that only some exports need.

    Raises:
        UserError: If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition('.')[0]
        raise UserError(f'this export needs a package: pip install {package}') from error


def dynamic_axes(metadata: Metadata) -> dict[str, dict[int, str]]:
    """Return the names of the input's and output's axes that vary."""
    axes = {}
    if metadata.dynamic:
        height = 1 if metadata.input == 'uint8' else 2
        axes[INPUT] = {0: 'batch', height: 'height', height + 1: 'width'}
    if metadata.dynamic or metadata.nms == 'dynamic':
        axes[OUTPUT] = {
            'none': {0: 'batch', 1: 'anchors'},
            'fixed': {0: 'batch'},
            'dynamic': {0: 'people'},
        }[metadata.nms]
    return axes


def name_axes(graph, names: dict[int, str], metadata: Metadata) -> None:
    """Declare the output's shape, for which torch invents names."""
    dynamic = metadata.nms == 'dynamic'
    sizes = {1 if dynamic else 2: 6 + 3 * len(metadata.keypoints) + dynamic}
    if metadata.nms == 'fixed':
        sizes[1] = metadata.max_per_img
    for axis, dim in enumerate(graph.output[0].type.tensor_type.shape.dim):
        if axis in names:
            dim.dim_param = names[axis]
        elif axis in sizes:
            dim.dim_value = sizes[axis]


def add_metadata(model, metadata: Metadata) -> None:
    """Add ``metadata`` to an ``onnx.ModelProto``, replacing older ones."""
    kept = [entry for entry in model.metadata_props if entry.key != KEY]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    entry = model.metadata_props.add()
    entry.key, entry.value = KEY, metadata.to_json()


@contextlib.contextmanager
def quiet():
    """Hide torch's warnings on tracing; the file is compared with the network afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        yield
