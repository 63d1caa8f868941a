"""Names of YOLO-Pose's (and YOLOv5-P6's) tensors in this package."""

import re

import torch
from torch import Tensor

from mmpose_lrfg.utils.errors import UserError

#: Index of a layer in YOLO-Pose -> module here. Upsampling and concatenation have no weights.
LAYERS = {
    0: 'backbone.stem',
    1: 'backbone.stage1.0',
    2: 'backbone.stage1.1',
    3: 'backbone.stage2.0',
    4: 'backbone.stage2.1',
    5: 'backbone.stage3.0',
    6: 'backbone.stage3.1',
    7: 'backbone.stage4.0',
    8: 'backbone.stage4.1',
    9: 'backbone.stage5.0',
    10: 'backbone.stage5.1',
    11: 'backbone.stage5.2',
    12: 'neck.reduce_layers.2',
    15: 'neck.top_down_blocks.2',
    16: 'neck.reduce_layers.1',
    19: 'neck.top_down_blocks.1',
    20: 'neck.reduce_layers.0',
    23: 'neck.top_down_blocks.0',
    24: 'neck.downsample_layers.0',
    26: 'neck.bottom_up_blocks.0',
    27: 'neck.downsample_layers.1',
    29: 'neck.bottom_up_blocks.1',
    30: 'neck.downsample_layers.2',
    32: 'neck.bottom_up_blocks.2',
    33: 'head.head_module',
}
SPP_LAYER, HEAD_LAYER = 10, 33
ANCHORS = 'head.anchors.sizes'
#: The head's anchors in pixels and in cells.
ANCHOR_FORMS = ('anchor_grid', 'anchors')
STRIDES = (8, 16, 32, 64)
#: First convolution of the lite variants, which have no Focus layer.
LITE_STEM = 'model.0.conv_slice.conv.weight'

# Beginning of a name inside its layer, as a pattern, and its replacement.
_STEM = {r'conv\.': ''}
_LITE_STEM = {r'conv_slice\.': '0.', r'conv\.': '1.'}
_CSP = {
    r'cv1\.': 'main_conv.',
    r'cv2\.': 'short_conv.',
    r'cv3\.': 'final_conv.',
    r'm\.(\d+)\.cv(\d)\.': r'blocks.\1.conv\2.',
}
_SPP = {r'cv1\.': 'reduce.', r'cv2\.': 'expand.'}
_HEAD = {
    r'm\.': 'boxes.',
    r'm_kpt\.(\d+\.\d+\.(?:conv|bn)\.)': r'keypoint_features.\1',
    r'm_kpt\.(\d+\.)(?:\d+\.)?(?=weight$|bias$)': r'keypoints.\1',
}


def rename(name: str, lite: bool = False) -> str | None:
    """Return the name in this package of a tensor of YOLO-Pose; None if it has no such tensor."""
    found = re.fullmatch(r'model\.(\d{1,2})\.(.+)', name)
    layer, rest = (int(found[1]), found[2]) if found else (None, '')
    if layer not in LAYERS:
        return None
    if layer == HEAD_LAYER and rest in ANCHOR_FORMS:
        return ANCHORS
    stem = _LITE_STEM if lite else _STEM
    patterns = {0: stem, SPP_LAYER: _SPP, HEAD_LAYER: _HEAD}.get(layer, _CSP)
    for pattern, replacement in patterns.items():
        if start := re.match(pattern, rest):
            return f'{LAYERS[layer]}.{start.expand(replacement)}{rest[start.end() :]}'
    return None if layer == HEAD_LAYER else f'{LAYERS[layer]}.{rest}'


def translate(
    tensors: dict[str, Tensor], rows_first: bool = True
) -> tuple[dict[str, Tensor], list[str]]:
    """Translate a YOLO-Pose state dict.

    Args:
        tensors (dict[str, Tensor]): By YOLO-Pose's names, in any precision.
        rows_first (bool): The order of its Focus layer, see :func:`focus_to_conv`.

    Returns:
        tuple: The tensors by the names and in the shapes of this package, in float32 (counters stay
        integers), the two forms of the anchors as one; and the names that have no place.

    Raises:
        UserError: If the anchors in pixels and in cells disagree.
    """
    lite = LITE_STEM in tensors
    result, unknown = {}, []
    for name, tensor in tensors.items():
        ours = rename(name, lite)
        if ours == ANCHORS:
            result[ours] = anchors_in_pixels(tensors)
            continue
        if ours is None or ours in result:
            unknown.append(name)
            continue
        if tensor.is_floating_point():
            tensor = tensor.float()
        if ours == 'backbone.stem.conv.weight' and tensor.ndim == 4 and tensor.shape[1] % 4 == 0:
            tensor = focus_to_conv(tensor, rows_first)
        result[ours] = tensor
    return result, unknown


def focus_to_conv(weight: Tensor, rows_first: bool = False) -> Tensor:
    """Return the weights of a Focus layer's convolution as those of one 6x6 stride-2 convolution.

    Focus stacks the pixels of every 2x2 block, three colours each; a 3x3 convolution over that is
    a 6x6 one over the pixels.

    Args:
        weight (Tensor): (C, 12, kh, kw).
        rows_first (bool): The order in which the block is stacked, as (row, column): True for
            YOLO-Pose's (0, 0), (0, 1), (1, 0), (1, 1), False for YOLOv5's (0, 0), (1, 0), (0, 1),
            (1, 1).

    Returns:
        Tensor: (C, 3, 2 kh, 2 kw).
    """
    out, stacked, height, width = weight.shape
    parts = weight.view(out, 2, 2, stacked // 4, height, width)
    if not rows_first:
        parts = parts.transpose(1, 2)
    # (C, row offset, column offset, colour, kh, kw)
    # -> (C, colour, kh, row offset, kw, column offset)
    return parts.permute(0, 3, 4, 1, 5, 2).reshape(out, stacked // 4, 2 * height, 2 * width)


def anchors_in_pixels(tensors: dict[str, Tensor]) -> Tensor:
    """Return the anchors of a YOLO-Pose state dict, (L, A, 2): width, height in pixels.

    Raises:
        UserError: If there are none.
    """
    head = f'model.{HEAD_LAYER}.'
    in_cells = f'{head}anchor_grid' not in tensors
    anchors = tensors.get(f'{head}{ANCHOR_FORMS[in_cells]}')
    if anchors is None:
        raise UserError(f'{head}anchor_grid is missing: the head has no anchors')
    shape = tuple(anchors.shape)
    if not anchors.numel() or shape[:1] + shape[-1:] != (len(STRIDES), 2):
        raise UserError(f'the anchors of the head have the shape {shape}')
    anchors = anchors.float().reshape(len(STRIDES), -1, 2)
    return anchors * torch.tensor(STRIDES)[:, None, None] if in_cells else anchors
