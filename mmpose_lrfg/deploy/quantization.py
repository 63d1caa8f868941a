"""Eight-bit integers for an ONNX file, by ONNX Runtime's static quantisation."""

import logging
from pathlib import Path

from mmpose_lrfg.runtime.metadata import INPUT, Metadata
from mmpose_lrfg.utils.errors import UserError

from .onnx_file import add_metadata, import_onnx
from .pictures import folder_pictures, to_input

IMAGES = 64
PARTS = ('/backbone/', '/neck/')
"""Names of operations to quantise begin so: after the attributes of ExportNetwork."""
STEM = '/backbone/stem'
OPERATIONS = ('Conv', 'Sigmoid', 'Mul', 'Add', 'Concat', 'MaxPool', 'Resize')
"""What follows a convolution, too: a way out of integers and back costs as much as they save."""


def quantize(path: Path, metadata: Metadata, folder: Path) -> None:
    """Make backbone and neck in the file at ``path`` compute in integers.

    The head stays in floats: one step of an eight-bit output would be several pixels. So does the
    stem, whose three input channels leave nothing to gain.

    Args:
        path (Path): An ONNX file with its weights in floats; is replaced.
        folder (Path): Typical images, which set the ranges of the integers.

    Raises:
        UserError: If there is no image, or onnxruntime is not installed.
    """
    onnx = import_onnx()
    try:
        from onnxruntime import quantization as ort
    except ImportError as error:
        raise UserError('--int8 needs a package: pip install onnxruntime') from error

    inputs = Inputs(folder, metadata)
    graph = onnx.load(str(path)).graph
    quantized = path.with_name('quantized.onnx')
    logger = logging.getLogger()  # where it recommends what makes no difference here
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        ort.quantize_static(
            str(path),
            str(quantized),
            inputs,
            quant_format=ort.QuantFormat.QDQ,
            op_types_to_quantize=list(OPERATIONS),
            nodes_to_exclude=[
                node.name
                for node in graph.node
                if node.name.startswith(STEM) or not node.name.startswith(PARTS)
            ],
            per_channel=True,
            activation_type=ort.QuantType.QUInt8,
            weight_type=ort.QuantType.QInt8,
        )
    finally:
        logger.setLevel(level)
    model = onnx.load(str(quantized))
    add_metadata(model, metadata)
    onnx.save(model, str(quantized))
    quantized.replace(path)


class Inputs:
    """Feeds typical images one batch after the other, as ONNX Runtime asks for them."""

    def __init__(self, folder: Path, metadata: Metadata):
        self.metadata = metadata
        self.pictures = folder_pictures(folder, IMAGES)
        self.first = next(self.pictures)  # an empty folder is told before the work begins

    def get_next(self) -> dict | None:
        """The next input; None after the last."""
        picture, self.first = self.first, None
        if picture is None:
            picture = next(self.pictures, None)
        if picture is None:
            return None
        pictures = [picture] * self.metadata.batch
        return {INPUT: to_input(pictures, self.metadata, self.metadata.size)}
