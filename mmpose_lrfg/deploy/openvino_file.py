"""Writes OpenVINO's pair of files, .xml and .bin, from ONNX."""

from pathlib import Path

from mmpose_lrfg.runtime.metadata import KEY, Metadata
from mmpose_lrfg.utils.errors import UserError


def write_openvino(onnx_path: Path, metadata: Metadata, path: Path) -> None:
    """Convert the file at ``onnx_path`` to ``path`` and its neighbour ``.bin``.

    Raises:
        UserError: If openvino is not installed.
    """
    openvino = import_openvino()
    model = openvino.Core().read_model(str(onnx_path))
    model.set_rt_info(metadata.to_json(), [KEY])
    openvino.save_model(model, str(path), compress_to_fp16=metadata.precision == 'fp16')


def import_openvino():
    """The openvino package.

    Raises:
        UserError: If it is not installed.
    """
    try:
        import openvino
    except ImportError as error:
        raise UserError('writing OpenVINO needs a package: pip install openvino') from error
    return openvino
