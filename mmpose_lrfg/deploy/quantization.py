"""Eight-bit integers for an ONNX file, by ONNX Runtime's static quantisation."""

import logging
from pathlib import Path

from mmpose_lrfg.runtime.libraries import import_library
from mmpose_lrfg.runtime.metadata import INPUT, KEY, Metadata

from .images import folder_images, to_input

IMAGES = 64
"""Most images of a calibration."""
PARTS = ('/backbone/', '/neck/')
"""Prefixes of operations to quantise: attributes of ExportNetwork."""
STEM = '/backbone/stem'
OPERATIONS = ['Conv', 'Sigmoid', 'Mul', 'Add', 'Concat', 'MaxPool', 'Resize']
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
    onnx = import_library('onnx', 'this export')
    ort = import_library('onnxruntime.quantization', 'this export')

    class Calibration(ort.CalibrationDataReader):
        images = folder_images(folder, IMAGES)

        def get_next(self) -> dict | None:
            image = next(self.images, None)
            if image is None:
                return None
            return {INPUT: to_input([image] * metadata.batch, metadata, metadata.size)}

    nodes = [node.name for node in onnx.load(str(path)).graph.node]
    logging.disable(logging.WARNING)  # its recommendations make no difference here
    try:
        ort.quantize_static(
            str(path),
            str(path),
            Calibration(),
            quant_format=ort.QuantFormat.QDQ,
            op_types_to_quantize=OPERATIONS,
            nodes_to_exclude=[n for n in nodes if n.startswith(STEM) or not n.startswith(PARTS)],
            per_channel=True,
            activation_type=ort.QuantType.QUInt8,
            weight_type=ort.QuantType.QInt8,
        )
    finally:
        logging.disable(logging.NOTSET)
    model = onnx.load(str(path))
    onnx.helper.set_model_props(model, {KEY: metadata.to_json()})
    onnx.save(model, str(path))
