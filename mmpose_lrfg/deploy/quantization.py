"""Eight-bit integers for an ONNX file, by ONNX Runtime's static quantisation."""

import logging
from pathlib import Path

from mmpose_lrfg.runtime.metadata import INPUT, Metadata

from .images import folder_images, to_input
from .writers import add_metadata, import_package

IMAGES = 64
"""Most images of a calibration."""
PARTS = ('/backbone/', '/neck/')
"""Prefixes of operations to quantise: attributes of ExportNetwork."""
STEM = '/backbone/stem'
OPERATIONS = ('Conv', 'Sigmoid', 'Mul', 'Add', 'Concat', 'MaxPool', 'Resize')
"""Also those after a convolution: converting to floats and back costs what integers save."""


def quantize(path: Path, metadata: Metadata, folder: Path) -> None:
    """Quantise backbone and neck of the ONNX file at ``path``, which is replaced.

    The head stays in floats, because a step of an eight-bit output would be several pixels, and so
    does the stem, whose three input channels leave nothing to gain.

    Args:
        folder (Path): Typical images, from which the integers get their ranges.

    Raises:
        UserError: If there is no image, or onnxruntime is not installed.
    """
    onnx, ort = import_package('onnx'), import_package('onnxruntime.quantization')
    inputs = CalibrationData(folder, metadata)
    nodes = [node.name for node in onnx.load(str(path)).graph.node]
    quantized = path.with_name('quantized.onnx')
    logger = logging.getLogger()  # its recommendations make no difference here
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        ort.quantize_static(
            str(path),
            str(quantized),
            inputs,
            quant_format=ort.QuantFormat.QDQ,
            op_types_to_quantize=list(OPERATIONS),
            nodes_to_exclude=[n for n in nodes if n.startswith(STEM) or not n.startswith(PARTS)],
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


class CalibrationData:
    """Batches of typical images, read one by one through ONNX Runtime's interface."""

    def __init__(self, folder: Path, metadata: Metadata):
        self.metadata = metadata
        self.images = folder_images(folder, IMAGES)
        self.first = next(self.images)  # raises at once for an empty folder

    def get_next(self) -> dict | None:
        """Return the next input; None after the last."""
        image, self.first = self.first, None
        if image is None:
            image = next(self.images, None)
        if image is None:
            return None
        images = [image] * self.metadata.batch
        return {INPUT: to_input(images, self.metadata, self.metadata.size)}
