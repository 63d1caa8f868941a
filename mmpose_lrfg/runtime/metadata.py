"""The description inside an exported file: written by the export, read by the runtime."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from mmpose_lrfg import UserError

from .images import LIMIT_VARIABLE, pixel_limit
from .skeleton import Skeleton

KEY = 'mmpose_lrfg'
"""Name of the description among the file's metadata."""
FORMAT = 3
"""Version of the description; higher when an older runtime would misread a newer file."""
INPUT, OUTPUT = 'images', 'poses'
"""Names of the file's only input and output."""
RECOMMENDED = 'recommended_score_thr'
"""Key of the score threshold for predictions in checkpoints and in ``test_cfg``."""
SCORE_THR = 0.3
"""Its value for models without one."""
LARGEST = 16384
"""Largest height and width of an input: a damaged file must not allocate all memory."""
THRESHOLDS = ('score_thr', 'nms_thr', 'wnms_thr', 'max_per_img')

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class ModelError(UserError, ValueError):
    """An error in a model file, an option or an image that the user can repair; one sentence."""


@dataclass(frozen=True)
class Metadata:
    """Description of an exported network of K keypoints.

    Args:
        keypoints, links, classes (tuple): As in :class:`.Skeleton`.
        sigmas (tuple[float, ...]): The K standard deviations of OKS.
        size (tuple[int, int]): Height and width of the input in pixels; with ``dynamic``, those of
            the training.
        divisor (int): Height and width are multiples of it.
        dynamic (bool): Any number of images of any such size; otherwise ``batch`` of ``size``.
        batch (int): Images per run.
        input (str): ``'float32'``: (N, 3, H, W). ``'uint8'``: (N, H, W, 3). Both BGR in 0..255,
            letterboxed with ``pad_value``; the file normalises.
        pad_value (tuple[float, ...]): Colour around a letterboxed image, BGR.
        nms (str): Kind of output. ``'none'``: every anchor, (N, M, 6 + 3 K). ``'fixed'``:
            detections after NMS, best first, (N, ``max_per_img``, 6 + 3 K), padded with score 0.
            ``'dynamic'``: all detections of the batch, (P, 7 + 3 K), index of the image first.
            A row holds x1, y1, x2, y2, score, class and x, y, score of each keypoint, in pixels of
            the input.
        score_thr, nms_thr, wnms_thr (float), nms_pre, max_per_img (int): As in the head's
            ``test_cfg``; fixed with NMS in the file, defaults otherwise.
        recommended_score_thr (float): Score threshold for predictions, with the best F1 on the
            validation data.
        precision (str): ``'fp32'``, ``'fp16'`` or ``'int8'``.
        name (str): Name of the network's config.
        format (int): Version of this description.

    Raises:
        ModelError: If values contradict each other.
    """

    keypoints: tuple[str, ...]
    links: tuple[tuple[int, int], ...]
    classes: tuple[str, ...]
    sigmas: tuple[float, ...]
    size: tuple[int, int]
    divisor: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 64
    dynamic: bool = False
    batch: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 1
    input: Literal['float32', 'uint8'] = 'float32'
    pad_value: tuple[float, float, float] = (114, 114, 114)
    nms: Literal['none', 'fixed', 'dynamic'] = 'none'
    score_thr: Share = 0.01
    nms_thr: Share = 0.65
    wnms_thr: Share = 1.0
    nms_pre: Count = 3000
    max_per_img: Count = 100
    recommended_score_thr: Share = SCORE_THR
    precision: str = 'fp32'
    name: str = ''
    format: int = FORMAT

    def __post_init__(self):
        if not len(self.skeleton):
            raise ModelError('there are no keypoints')
        self.check_size(self.size)
        batch = 1 if self.dynamic else self.batch
        if batch * math.prod(self.size) > pixel_limit():
            raise ModelError(
                f'an input of {batch} x {self.size[0]} x {self.size[1]} has more pixels than '
                f'{LIMIT_VARIABLE}={pixel_limit()} allows'
            )

    @property
    def skeleton(self) -> Skeleton:
        """Names, links, classes and sigmas."""
        return Skeleton(self.keypoints, self.links, self.classes, self.sigmas)

    @property
    def thresholds(self) -> dict:
        """Thresholds by name, the arguments of :func:`.postprocess.select`."""
        return {name: getattr(self, name) for name in THRESHOLDS}

    def check_size(self, size: tuple[int, int]) -> None:
        """Raise a ModelError unless the network takes images of ``size`` (height, width)."""
        if len(size) != 2 or any(not 1 <= side <= LARGEST or side % self.divisor for side in size):
            raise ModelError(
                f'an input of {" x ".join(map(str, size))} does not fit: height and width must be '
                f'multiples of {self.divisor} up to {LARGEST}'
            )

    def to_json(self) -> str:
        """Encode the description as JSON."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str | None, path) -> 'Metadata':
        """Decode the description of the file at ``path``.

        Raises:
            ModelError: If it is missing, invalid or of a newer version.
        """
        if not text:
            raise ModelError(f'{path} lacks the metadata that lrfg export writes')
        try:
            content = msgspec.json.decode(text, type=dict)
            version = content.get('format')
            if isinstance(version, int) and version > FORMAT:
                raise ModelError(
                    f'{path} has format {version}, but this version of mmpose_lrfg reads up to '
                    f'{FORMAT}: install a newer one'
                )
            if 'merge_thr' in content:  # its name in format 2
                content['wnms_thr'] = content.pop('merge_thr')
            return msgspec.convert(content, cls)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            raise ModelError(f'the metadata in {path} are damaged: {error}') from error
