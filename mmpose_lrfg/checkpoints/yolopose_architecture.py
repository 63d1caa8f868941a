"""Recognise a YOLO-Pose network by its tensors: size, variant, classes, keypoints, anchors."""

import re
from dataclasses import dataclass

from mmengine.config import Config

from mmpose_lrfg.models.layers.common import NORM_CFG
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

from .yolopose_names import HEAD_LAYER, LITE_STEM, SPP_LAYER, STRIDES, anchors_in_pixels
from .yolopose_source import Source

COCO_KEYPOINTS = 17
#: (depth multiple, width multiple) of the sizes that were published.
SIZES = {'s6': (0.33, 0.50), 'm6': (0.67, 0.75), 'l6': (1.0, 1.0)}

# Convolutions whose widths follow from the width multiple -> width at a multiple of 1.
_WIDTHS = {
    f'model.{layer}.conv.weight': width
    for layer, width in {'0.conv': 64, 1: 128, 3: 256, 5: 512, 7: 768, 9: 1024}.items()
}
_BOXES = f'model.{HEAD_LAYER}.m.0.weight'
_DEEPEST_LAYER, _DEEPEST_BLOCKS = 4, 9


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

    def config(self) -> Config:
        """Return the config of the nearest published network, changed into that of this one."""
        size = min(SIZES, key=lambda name: abs(SIZES[name][1] - self.widen_factor))
        cfg = load_config(f'yolopose-{size}{"-lite" if self.lite else ""}_1xb32-80e_coco-640')
        self.apply(cfg.model)
        return cfg

    def apply(self, model: Config) -> None:
        """Change a model config of YOLO-Pose into that of this network."""
        shared = dict(
            widen_factor=self.widen_factor,
            act_cfg=dict(type=self.act),
            norm_cfg=dict(NORM_CFG),
        )
        spp = dict(type='SPP', kernel_sizes=self.pool_sizes)
        if self.spp_act != self.act:
            spp['act_cfg'] = dict(type=self.spp_act)
        stem = 'conv3x2' if self.lite else 'conv6'
        model.backbone.update(dict(**shared, deepen_factor=self.deepen_factor, stem=stem, spp=spp))
        model.neck.update(dict(**shared, deepen_factor=self.deepen_factor))
        model.head.head_module.update(dict(**shared, keypoint_blocks=self.keypoint_blocks))
        model.head.update(dict(num_classes=self.num_classes, anchors=self.anchors, strides=STRIDES))
        if self.num_keypoints != COCO_KEYPOINTS:
            # The sigmas of other keypoints are unknown: that of an average keypoint of COCO.
            sigmas = (0.07,) * self.num_keypoints
            model.head.update(dict(num_keypoints=self.num_keypoints, sigmas=sigmas))


def find_architecture(source: Source, size: str = 'auto') -> Architecture:
    """Find the settings of a stored network.

    Activations and pools are taken from the module tree. If the file holds tensors only, they are
    as published: SiLU; in the lite variants, recognised by their
    stem, ReLU with SiLU in SPP; pools of 3, 5 and 7.

    Args:
        source (Source): The network.
        size (str): Expected size, one of ``SIZES``; ``'auto'`` accepts all.

    Raises:
        UserError: If it is no such network, or not of that size.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in source.tensors.items()}
    missing = [n for n in (*_WIDTHS, _BOXES) if len(shapes.get(n, ())) != 4 or 0 in shapes[n]]
    if missing:
        raise UserError(
            f'{source.path} is no YOLO-Pose or YOLOv5-P6 network: it lacks {missing[0]}'
        )
    anchors = anchors_in_pixels(source.tensors)
    num_anchors, box_channels = anchors.shape[1], shapes[_BOXES][0]
    keypoint_blocks, keypoint_channels = _keypoint_branch(shapes)
    num_classes, classes_left = divmod(box_channels - 5 * num_anchors, num_anchors)
    num_keypoints, keypoints_left = divmod(keypoint_channels, 3 * num_anchors)
    empty = num_classes < 1 or (keypoint_blocks is not None and num_keypoints < 1)
    if classes_left or keypoints_left or empty:
        raise UserError(
            f'{source.path}: {box_channels} and {keypoint_channels} output channels are no whole '
            f'number of classes and keypoints for {num_anchors} anchors'
        )
    lite = LITE_STEM in shapes
    act, spp_act = _activations(source, lite)
    found = Architecture(
        deepen_factor=_depth(shapes),
        # Widths are rounded up to multiples of 8: the smallest quotient is the largest factor.
        widen_factor=min(shapes[name][0] / width for name, width in _WIDTHS.items()),
        lite=lite,
        act=act,
        spp_act=spp_act,
        keypoint_blocks=keypoint_blocks,
        num_keypoints=num_keypoints,
        num_classes=num_classes,
        anchors=tuple(tuple(map(tuple, level)) for level in anchors.tolist()),
        pool_sizes=_pools(source) or Architecture.pool_sizes,
    )
    if size not in ('auto', found.size):
        raise UserError(f'{source.path} is {found.name}, not {size}')
    return found


def _keypoint_branch(shapes: dict) -> tuple[int | None, int]:
    """Return depthwise blocks (None for a detector) and output channels of the keypoint branch."""
    pattern = rf'model\.{HEAD_LAYER}\.m_kpt\.0(?:\.(\d{{1,3}}))?\.weight'
    found = [(int(m[1] or 0), n) for n in shapes if (m := re.fullmatch(pattern, n))]
    if not found:
        return None, 0
    # 2 n - 1 convolutions with normalisation and activation, numbered from 0, then the output.
    last, name = max(found)
    return (last + 1) // 2, shapes[name][0] if shapes[name] else 0


def _depth(shapes: dict) -> float:
    """Return the multiple of depth from the number of blocks in the deepest layer."""
    pattern = rf'model\.{_DEEPEST_LAYER}\.m\.(\d{{1,3}})\.'
    blocks = {found[1] for name in shapes if (found := re.match(pattern, name))}
    return round(len(blocks) / _DEEPEST_BLOCKS, 2)


def _activations(source: Source, lite: bool) -> tuple[str, str]:
    """Return the classes of the activations outside and inside SPP."""
    if not source.activations:
        return ('ReLU', 'SiLU') if lite else ('SiLU', 'SiLU')
    spp = f'model.{SPP_LAYER}.'
    inside = {kind for name, kind in source.activations.items() if name.startswith(spp)}
    outside = {kind for name, kind in source.activations.items() if not name.startswith(spp)}
    found = _one(source, outside), _one(source, inside or outside)
    if not {*found} <= {'SiLU', 'ReLU'}:
        raise UserError(f'{source.path} uses {" and ".join(found)}; YOLO-Pose has SiLU and ReLU')
    return found


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
