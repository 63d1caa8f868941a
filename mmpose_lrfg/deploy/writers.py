"""Writes a network as ONNX, OpenVINO or TorchScript, with its metadata."""

import inspect
import io
from pathlib import Path

import torch
from torch import Tensor

from mmpose_lrfg.runtime.libraries import import_library
from mmpose_lrfg.runtime.metadata import INPUT, KEY, OUTPUT, Metadata
from mmpose_lrfg.runtime.torchscript import EXTRA

from .network import ExportNetwork


def write_onnx(network: ExportNetwork, example: Tensor, path: Path, opset: int) -> None:
    """Write ``network`` and its metadata to ``path``.

    Args:
        example (Tensor): An input of the described type and, unless dynamic, shape.

    Raises:
        UserError: If onnx is not installed.
    """
    onnx = import_library('onnx', 'this export')
    # This exporter needs no package beside torch; torch before 2.5 has no other.
    parameters = inspect.signature(torch.onnx.export).parameters
    exporter = {'dynamo': False} if 'dynamo' in parameters else {}
    metadata = network.metadata
    height = 1 if metadata.input == 'uint8' else 2
    axes = {INPUT: {0: 'batch', height: 'height', height + 1: 'width'}} if metadata.dynamic else {}
    row = 6 + 3 * len(metadata.keypoints)
    shape = {
        'none': ['batch', 'anchors', row],
        'fixed': ['batch', metadata.max_per_img, row],
        'dynamic': ['people', 1 + row],
    }[metadata.nms]
    if metadata.dynamic or metadata.nms == 'dynamic':
        axes[OUTPUT] = {n: name for n, name in enumerate(shape) if isinstance(name, str)}
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
    # Torch invents names for the sizes of the output.
    for size, dim in zip(shape, model.graph.output[0].type.tensor_type.shape.dim):
        if isinstance(size, int):
            dim.dim_value = size
        elif OUTPUT in axes:
            dim.dim_param = size
    model.graph.doc_string = ''
    model.producer_name, model.producer_version = 'mmpose_lrfg', ''
    onnx.helper.set_model_props(model, {KEY: metadata.to_json()})
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def write_openvino(onnx_path: Path, metadata: Metadata, path: Path) -> None:
    """Convert an ONNX file to ``path`` (.xml) and its neighbour ``.bin``.

    Raises:
        UserError: If openvino is not installed.
    """
    openvino = import_library('openvino', 'this export')
    model = openvino.Core().read_model(str(onnx_path))
    model.set_rt_info(metadata.to_json(), [KEY])
    openvino.save_model(model, str(path), compress_to_fp16=metadata.precision == 'fp16')


def write_torchscript(network: ExportNetwork, example: Tensor, path: Path) -> None:
    """Trace ``network`` on ``example`` and write it with its metadata to ``path``."""
    with torch.no_grad():
        traced = torch.jit.trace(network, example, check_trace=False)
    # To memory first: on a full disk torch aborts the process.
    data = io.BytesIO()
    torch.jit.save(traced, data, _extra_files={EXTRA: network.metadata.to_json()})
    path.write_bytes(data.getbuffer())
