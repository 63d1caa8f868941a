"""Options of an export, and the metadata that follow from them and the model."""

from dataclasses import dataclass
from pathlib import Path

import msgspec
from mmengine.config import Config
from torch import nn

from mmpose_lrfg.apis.predictor import test_transforms
from mmpose_lrfg.models.heads import YOLOPoseHead
from mmpose_lrfg.models.heads.yolopose_head import TEST_DEFAULTS
from mmpose_lrfg.runtime import Metadata, ModelError, Skeleton
from mmpose_lrfg.runtime.metadata import RECOMMENDED, SCORE_THR, THRESHOLDS
from mmpose_lrfg.utils.errors import UserError

SUFFIXES = {'onnx': '.onnx', 'openvino': '.xml', 'torchscript': '.pt'}
OPSETS = range(14, 21)  # HardSwish came in 14; torch writes up to 20


@dataclass(frozen=True)
class ExportOptions:
    """Options of an export.

    Args:
        format (str): ``'onnx'``, ``'openvino'`` or ``'torchscript'``.
        img_size (tuple[int, int], optional): Height and width of the input (default: the config's).
        dynamic (bool): Any number of images of any size divisible by the largest stride.
        batch_size (int): Images per run, unless dynamic.
        uint8 (bool): Input (N, H, W, 3) uint8 instead of (N, 3, H, W) float32.
        half (bool): Half precision.
        int8 (bool): Eight-bit integers in backbone and neck; ONNX only.
        calib (Path, optional): Folder of typical images, from which the integers get their ranges.
        nms (str): ``'none'``, ``'fixed'`` or ``'dynamic'``.
        score_thr, nms_thr, wnms_thr (float), max_per_img (int): Instead of the config's values. A
            ``score_thr`` of the config below 0.01 is for evaluation, and 0.01 is taken.
        opset (int): Version of ONNX's operations.

    Raises:
        UserError: If format or opset are unknown, or options contradict each other.
    """

    format: str = 'onnx'
    img_size: tuple[int, int] | None = None
    dynamic: bool = False
    batch_size: int = 1
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

    def __post_init__(self):
        if self.format not in SUFFIXES:
            raise UserError(f'unknown format {self.format}; choose from {", ".join(SUFFIXES)}')
        if self.opset not in OPSETS:
            raise UserError(f'opset must be in {OPSETS[0]}..{OPSETS[-1]}, got {self.opset}')
        if self.nms != 'none' and self.format == 'torchscript':
            raise UserError('--format torchscript excludes --nms')
        if self.int8 and (self.format != 'onnx' or self.half or self.calib is None):
            raise UserError('--int8 needs --calib DIR and --format onnx, and excludes --half')

    @property
    def suffix(self) -> str:
        """Suffix of the file."""
        return SUFFIXES[self.format]

    @property
    def variant(self) -> str:
        """Part of the file's name for options that are not the default: '-dynamic-uint8'."""
        height, width = self.img_size or (0, 0)
        parts = {
            f'{height}x{width}': self.img_size,
            'dynamic': self.dynamic,
            f'batch{self.batch_size}': self.batch_size > 1,
            'uint8': self.uint8,
            'fp16': self.half,
            'int8': self.int8,
            f'nms_{self.nms}': self.nms != 'none',
            # Checkpoints may have its suffix, too.
            'torchscript': self.format == 'torchscript',
        }
        return ''.join(f'-{part}' for part, chosen in parts.items() if chosen)


def describe(model: nn.Module, options: ExportOptions) -> Metadata:
    """Return the metadata of the file that ``options`` ask for.

    Args:
        model (nn.Module): As ``mmpose.apis.init_model`` returns it, with ``cfg`` and
            ``dataset_meta``.

    Raises:
        UserError: If the head or the preparation of images is not supported, or an option is out of
            range.
    """
    head = getattr(model, 'head', None)
    if not isinstance(head, YOLOPoseHead):
        raise UserError(
            f'only networks with a YOLOPoseHead can be exported, got {type(head).__name__}'
        )
    letterbox = letterbox_of(model.cfg)
    width, height = letterbox['input_size']
    colour = letterbox.get('pad_val', (0, 0, 0))
    skeleton = Skeleton.from_meta(model.dataset_meta)
    settings = head.test_settings(model.test_cfg)
    del settings['flip_test']  # not exported
    # Candidates below it are of use for an evaluation only.
    settings['score_thr'] = max(settings['score_thr'], TEST_DEFAULTS['score_thr'])
    settings[RECOMMENDED] = model.test_cfg.get(RECOMMENDED, SCORE_THR)
    settings |= {n: value for n in THRESHOLDS if (value := getattr(options, n)) is not None}
    content = dict(
        settings,
        keypoints=skeleton.names,
        links=skeleton.links,
        classes=skeleton.classes,
        sigmas=tuple(round(float(s), 6) for s in head.sigmas),
        size=options.img_size or (height, width),
        divisor=max(head.anchors.strides),
        dynamic=options.dynamic,
        batch=options.batch_size,
        input='uint8' if options.uint8 else 'float32',
        pad_value=(colour,) * 3 if isinstance(colour, (int, float)) else tuple(colour),
        nms=options.nms,
        precision='int8' if options.int8 else 'fp16' if options.half else 'fp32',
        name=Path(model.cfg.filename or '').stem,
    )
    try:
        metadata = Metadata(**content)
        msgspec.convert(vars(metadata), Metadata)  # checks types and ranges
    except (ModelError, msgspec.ValidationError) as error:
        raise UserError(f'the network cannot be exported: {error}') from error
    return metadata


def letterbox_of(cfg: Config) -> dict:
    """Return the step of the config's test pipeline that fits images into the input.

    Raises:
        UserError: If :mod:`mmpose_lrfg.runtime` cannot reproduce it.
    """
    for step in test_transforms(cfg):
        if step['type'] == 'BottomupResize':
            if step.get('resize_mode', 'fit') != 'fit' or step.get('use_udp', False):
                raise UserError(
                    'the runtime supports BottomupResize with resize_mode=fit and without use_udp '
                    'only; the config has other values'
                )
            return step
    raise UserError('the test pipeline of the config has no BottomupResize')
