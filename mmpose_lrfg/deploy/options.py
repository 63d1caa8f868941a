"""What can be asked of an export."""

from dataclasses import dataclass
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError

SUFFIXES = {'onnx': '.onnx', 'openvino': '.xml', 'torchscript': '.pt', 'tensorrt': '.onnx'}
OPSETS = range(14, 21)  # HardSwish came in 14; torch writes up to 20


@dataclass(frozen=True)
class ExportOptions:
    """Choices of an export.

    Args:
        format (str): ``'onnx'``, ``'openvino'``, ``'torchscript'`` or ``'tensorrt'`` (ONNX, up to
            the engine that only its GPU can build).
        size (tuple[int, int], optional): Height and width of the input; by default the config's.
        dynamic (bool): Any number of images of any size divisible by the largest stride.
        batch (int): Images at a time, unless dynamic.
        uint8 (bool): Input (N, H, W, 3) uint8 instead of (N, 3, H, W) float32.
        half (bool): Half precision.
        int8 (bool): Eight-bit integers, all but the head; ONNX only.
        calib (Path, optional): Folder of typical images, which set the ranges of the integers.
        nms (str): ``'none'``, ``'fixed'`` or ``'dynamic'``.
        score_thr, nms_thr, wnms_thr (float), max_per_img (int): Instead of the config's; a
            ``score_thr`` of the config below 0.01 is for evaluation, and 0.01 is taken.
        opset (int): Version of ONNX's operations.

    Raises:
        UserError: If they do not go together.
    """

    format: str = 'onnx'
    size: tuple[int, int] | None = None
    dynamic: bool = False
    batch: int = 1
    uint8: bool = False
    half: bool = False
    int8: bool = False
    calib: Path | None = None
    nms: str = 'none'
    score_thr: float | None = None
    nms_thr: float | None = None
    wnms_thr: float | None = None
    max_per_img: int | None = None
    opset: int = 17

    @property
    def variant(self) -> str:
        """What distinguishes the file from one of the default options, such as '-dynamic-uint8'.

        Formats are part of it where their suffix is not theirs alone.
        """
        height, width = self.size or (0, 0)
        parts = {
            f'{height}x{width}': self.size,
            'dynamic': self.dynamic,
            f'batch{self.batch}': self.batch > 1,
            'uint8': self.uint8,
            'fp16': self.half,
            'int8': self.int8,
            f'nms_{self.nms}': self.nms != 'none',
            self.format: self.format in ('torchscript', 'tensorrt'),
        }
        return ''.join(f'-{part}' for part, chosen in parts.items() if chosen)

    def __post_init__(self):
        if self.format not in SUFFIXES:
            raise UserError(f'there is no format {self.format}, only {", ".join(SUFFIXES)}')
        if self.opset not in OPSETS:
            raise UserError(
                f'opset {self.opset} is not supported: give {OPSETS[0]} to {OPSETS[-1]}'
            )
        if self.batch < 1:
            raise UserError(f'a batch of {self.batch} images is none; give 1 or more')
        for name in ('score_thr', 'nms_thr', 'wnms_thr'):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise UserError(f'{name} lies in 0..1, so it cannot be {value}')
        if self.nms != 'none' and self.format == 'torchscript':
            raise UserError('a TorchScript file holds no NMS; leave --nms out or export to ONNX')
        if self.int8:
            if self.format != 'onnx':
                raise UserError('--int8 writes ONNX, which OpenVINO runs as well; not another one')
            if self.half:
                raise UserError('--int8 and --half exclude each other')
            if self.calib is None:
                raise UserError(
                    '--int8 needs typical images to set the ranges of integers: give --calib DIR'
                )
