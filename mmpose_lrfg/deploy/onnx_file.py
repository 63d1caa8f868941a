"""Writes ONNX."""

import contextlib
import inspect
import warnings
from pathlib import Path

import torch
from torch import Tensor

from mmpose_lrfg.runtime.metadata import INPUT, KEY, OUTPUT, Metadata
from mmpose_lrfg.utils.errors import UserError

from .network import ExportNetwork


def write_onnx(
    network: ExportNetwork, example: Tensor, metadata: Metadata, path: Path, opset: int
) -> None:
    """Write ``network`` with its metadata to ``path``.

    Args:
        network (ExportNetwork): To export.
        example (Tensor): An input of the kind and, unless dynamic, the shape it will take.

    Raises:
        UserError: If onnx is not installed.
    """
    onnx = import_onnx()
    with quiet():
        torch.onnx.export(
            network,
            (example,),
            str(path),
            input_names=[INPUT],
            output_names=[OUTPUT],
            opset_version=opset,
            dynamic_axes=dynamic_axes(metadata),
            **exporter(),
        )
    model = onnx.load(str(path))
    name_axes(model.graph, metadata)
    model.graph.doc_string = ''
    model.producer_name, model.producer_version = 'mmpose_lrfg', ''
    add_metadata(model, metadata)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def import_onnx():
    """The onnx package.

    Raises:
        UserError: If it is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise UserError('writing ONNX needs a package: pip install onnx') from error
    return onnx


def exporter() -> dict:
    """Choose torch's exporter that needs no package beside it; torch before 2.5 has no other."""
    takes = inspect.signature(torch.onnx.export).parameters
    return {'dynamo': False} if 'dynamo' in takes else {}


def dynamic_axes(metadata: Metadata) -> dict | None:
    """Which axes of input and output vary."""
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
    return axes or None


def name_axes(graph, metadata: Metadata) -> None:
    """State the output's shape: torch gives even known sides invented names."""
    width = 6 + 3 * len(metadata.keypoints) + (metadata.nms == 'dynamic')
    names = (dynamic_axes(metadata) or {}).get(OUTPUT, {})
    known = {1 if metadata.nms == 'dynamic' else 2: width}
    if metadata.nms == 'fixed':
        known[1] = metadata.max_per_img
    for axis, dim in enumerate(graph.output[0].type.tensor_type.shape.dim):
        if axis in names:
            dim.dim_param = names[axis]
        elif axis in known:
            dim.dim_value = known[axis]


def add_metadata(model, metadata: Metadata) -> None:
    """Put ``metadata`` into an ``onnx.ModelProto``, instead of what may be there."""
    kept = [entry for entry in model.metadata_props if entry.key != KEY]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    entry = model.metadata_props.add()
    entry.key, entry.value = KEY, metadata.to_json()


@contextlib.contextmanager
def quiet():
    """Keep back torch's warnings on tracing; the file is compared with the network afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        yield
