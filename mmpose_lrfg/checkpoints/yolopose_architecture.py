"""Recognise a YOLO-Pose network by its tensors: size, variant, classes, keypoints, anchors."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mmengine.config import Config

from mmpose_lrfg.models.layers.csp import NORM_CFG, scale_depth, scale_width
from mmpose_lrfg.utils.errors import UserError

from .yolopose_names import HEAD_LAYER, SPP_LAYER, STRIDES, anchors_in_pixels, is_lite
from .yolopose_source import Source

# Widths and numbers of blocks at multiples of 1, by layer.
_WIDTHS = {0: 64, 1: 128, 3: 256, 5: 512, 7: 768, 9: 1024}
_BLOCKS = {2: 3, 4: 9, 6: 9, 8: 3, 11: 3, 15: 3, 19: 3, 23: 3, 26: 3, 29: 3, 32: 3}

COCO_KEYPOINTS = 17
#: (depth multiple, width multiple) of the sizes that were published.
SIZES = {'s6': (0.33, 0.50), 'm6': (0.67, 0.75), 'l6': (1.0, 1.0)}


@dataclass(frozen=True)
class Architecture:
    """The settings of a YOLO-Pose or YOLOv5-P6 network.

    Attributes:
        deepen_factor, widen_factor: Multiples of depth and width.
        lite: Whether the stem is two convolutions instead of Focus.
        act: Class of the activations, except those of SPP.
        spp_act: Class of the activations of SPP.
        keypoint_blocks: Depthwise convolutions of the keypoint branch; 0 for one 1x1 convolution,
            None for a detector.
        num_keypoints, num_classes: K, C.
        anchors: Per level A pairs (width, height), pixels.
        pool_sizes: Windows of the max pools of SPP.
        eps: Of batch normalisation.
    """

    deepen_factor: float
    widen_factor: float
    lite: bool
    act: str
    spp_act: str
    keypoint_blocks: int | None
    num_keypoints: int
    num_classes: int
    anchors: tuple
    pool_sizes: tuple[int, ...] = (3, 5, 7)
    eps: float = NORM_CFG['eps']

    @property
    def size(self) -> str | None:
        """The published size; None for another."""
        factors = (self.deepen_factor, self.widen_factor)
        return next((name for name, known in SIZES.items() if known == factors), None)

    @property
    def name(self) -> str:
        """Like 'yolopose-s6-lite'."""
        size = self.size or f'{self.deepen_factor:g}x{self.widen_factor:g}'
        kind = 'yolov5' if self.keypoint_blocks is None else 'yolopose'
        return f'{kind}-{size}{"-lite" if self.lite else ""}'

    def apply(self, model: Config) -> None:
        """Change a model config of YOLO-Pose into that of this network."""
        factors = dict(deepen_factor=self.deepen_factor, widen_factor=self.widen_factor)
        shared = dict(
            act_cfg=dict(type=self.act), norm_cfg=dict(type='BN', momentum=0.03, eps=self.eps)
        )
        spp = dict(type='SPP', kernel_sizes=self.pool_sizes)
        if self.spp_act != self.act:
            spp['act_cfg'] = dict(type=self.spp_act)
        stem = 'conv3x2' if self.lite else 'conv6'
        model.backbone.update(dict(**factors, **shared, stem=stem, spp=spp))
        model.neck.update(dict(**factors, **shared))
        model.head.head_module.update(
            dict(widen_factor=self.widen_factor, keypoint_blocks=self.keypoint_blocks, **shared)
        )
        model.head.update(dict(num_classes=self.num_classes, anchors=self.anchors, strides=STRIDES))
        if self.num_keypoints != COCO_KEYPOINTS:
            # The sigmas of other keypoints are unknown: that of an average keypoint of COCO.
            sigmas = (0.07,) * self.num_keypoints
            model.head.update(dict(num_keypoints=self.num_keypoints, sigmas=sigmas))


def find_architecture(source: Source) -> Architecture:
    """Find the settings of a stored network.

    Activations, pools and the eps of batch normalisation are taken from the module tree. If the
    file holds tensors only, they are as published: SiLU; in the lite variants, recognised by their
    stem, ReLU with SiLU in SPP; pools of 3, 5 and 7.

    Raises:
        UserError: If it is no such network.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in source.tensors.items()}
    lite = is_lite(shapes)
    act, spp_act = _activations(source, lite)
    if not {act, spp_act} <= {'SiLU', 'ReLU'}:
        raise UserError(f'{source.path} uses {act} and {spp_act}; YOLO-Pose has SiLU and ReLU')
    anchors = anchors_in_pixels(_require(source, shapes))
    num_anchors = anchors.shape[1]
    blocks, keypoint_channels = _keypoint_branch(shapes)
    box_channels = shapes[f'model.{HEAD_LAYER}.m.0.weight'][0]
    if box_channels % num_anchors or keypoint_channels % (3 * num_anchors):
        raise UserError(
            f'{source.path}: {box_channels} and {keypoint_channels} output channels are no whole '
            f'number of classes and keypoints for {num_anchors} anchors'
        )
    return Architecture(
        deepen_factor=_depth(source, shapes),
        widen_factor=_width(source, shapes),
        lite=lite,
        act=act,
        spp_act=spp_act,
        keypoint_blocks=blocks,
        num_keypoints=keypoint_channels // (3 * num_anchors),
        num_classes=box_channels // num_anchors - 5,
        anchors=tuple(tuple(map(tuple, level)) for level in anchors.tolist()),
        pool_sizes=_pools(source) or Architecture.pool_sizes,
        eps=_one(source, {round(eps, 9) for eps in source.eps.values()} or {Architecture.eps}),
    )


def _require(source: Source, shapes: dict) -> dict:
    """Return the tensors; check that those from which the settings follow are there."""
    needed = [f'model.{layer}.conv.weight' for layer in _WIDTHS if layer]
    needed += [f'model.{layer}.cv3.conv.weight' for layer in _BLOCKS]
    needed += [f'model.{HEAD_LAYER}.m.{i}.weight' for i in range(len(STRIDES))]
    needed += ['model.0.conv.conv.weight']
    missing = [n for n in needed if len(shapes.get(n, ())) != 4 or 0 in shapes[n]]
    if missing:
        raise UserError(
            f'{source.path} is no YOLO-Pose or YOLOv5-P6 network: it lacks {missing[0]} and '
            f'{len(missing) - 1} more of {len(needed)} tensors that those have'
        )
    return source.tensors


def _activations(source: Source, lite: bool) -> tuple[str, str]:
    """Return the classes of the activations outside and inside SPP."""
    if not source.activations:
        return ('ReLU', 'SiLU') if lite else ('SiLU', 'SiLU')
    spp = f'model.{SPP_LAYER}.'
    inside = {kind for name, kind in source.activations.items() if name.startswith(spp)}
    outside = {kind for name, kind in source.activations.items() if not name.startswith(spp)}
    return _one(source, outside), _one(source, inside or outside)


def _pools(source: Source) -> tuple[int, ...]:
    """Return the windows of SPP; n pools of 3 in a row are one of 2 n + 1."""
    windows = {}
    for name, size in source.pools.items():
        if branch := re.match(rf'model\.{SPP_LAYER}\.m\.(\d+)', name):
            windows[branch[1]] = windows.get(branch[1], 1) + size - 1
    return tuple(windows.values())


def _one(source: Source, values: set):
    """Return the only value."""
    if len(values) != 1:
        found = ', '.join(map(str, sorted(values)))
        raise UserError(f'{source.path} mixes {found}, which no YOLO-Pose network does')
    return values.pop()


def _keypoint_branch(shapes: dict) -> tuple[int | None, int]:
    """Return depthwise blocks (None for a detector) and output channels of the keypoint branch."""
    pattern = rf'model\.{HEAD_LAYER}\.m_kpt\.0(?:\.(\d{{1,3}}))?\.weight'
    found = [(int(m[1] or 0), n) for n in shapes if (m := re.fullmatch(pattern, n))]
    if not found:
        return None, 0
    # 2 n - 1 convolutions with normalisation and activation, numbered from 0, then the output.
    last, name = max(found)
    return (last + 1) // 2, shapes[name][0]


def _width(source: Source, shapes: dict) -> float:
    found = {
        base: shapes['model.0.conv.conv.weight' if layer == 0 else f'model.{layer}.conv.weight'][0]
        for layer, base in _WIDTHS.items()
    }
    # Widths are rounded up to multiples of 8, so the smallest quotient is the largest factor.
    exact = min(channels / base for base, channels in found.items())
    factors = [width for _, width in SIZES.values()] + [exact]
    return _first(source, 'widths', factors, scale_width, found.items())


def _depth(source: Source, shapes: dict) -> float:
    found = []
    for layer, base in _BLOCKS.items():
        blocks = [re.match(rf'model\.{layer}\.m\.(\d{{1,3}})\.', name) for name in shapes]
        found.append((base, 1 + max((int(m[1]) for m in blocks if m), default=-1)))
    deepest = max(count for _, count in found)
    factors = [depth for depth, _ in SIZES.values()] + [deepest / 9]
    factors += [count / 3 for base, count in found if base == 3]
    return _first(source, 'numbers of blocks', factors, scale_depth, found)


def _first(source: Source, what: str, factors: Sequence[float], scale, found) -> float:
    """Return the first factor that gives everything that was found."""
    for factor in factors:
        if all(scale(base, factor) == value for base, value in found):
            return factor
    raise UserError(f'{source.path} is no YOLO-Pose network: no multiple gives its {what}')
