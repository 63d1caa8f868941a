"""Names of YOLO-Pose's (and YOLOv5-P6's) tensors in this package."""

import re
from collections.abc import Iterable

import torch
from torch import Tensor

from mmpose_lrfg.utils.errors import UserError

#: Index of a layer in YOLO-Pose -> module here. Layers without weights (upsampling, concatenation)
#: have no entry.
LAYERS = {
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
}
SPP_LAYER, HEAD_LAYER = 10, 33
ANCHORS = 'head.anchors.sizes'
#: The head's anchors in pixels and in cells.
ANCHOR_FORMS = ('anchor_grid', 'anchors')
STRIDES = (8, 16, 32, 64)

_CSP_PARTS = {'cv1': 'main_conv', 'cv2': 'short_conv', 'cv3': 'final_conv'}
_SPP_PARTS = {'cv1': 'reduce', 'cv2': 'expand'}


def focus_to_conv(weight: Tensor, rows_first: bool = False) -> Tensor:
    """Return the weights of a Focus layer's convolution as those of one 6x6 stride-2 convolution.

    Focus stacks the pixels of every 2x2 block, three colours each; a 3x3 convolution over that is
    a 6x6 one over the pixels.

    Args:
        weight (Tensor): (C, 12, k, k).
        rows_first (bool): The order in which the block is stacked, as (row, column): True for
            YOLO-Pose's (0, 0), (0, 1), (1, 0), (1, 1), False for YOLOv5's (0, 0), (1, 0), (0, 1),
            (1, 1).

    Returns:
        Tensor: (C, 3, 2 k, 2 k).
    """
    out, stacked, k, _ = weight.shape
    colours = stacked // 4
    parts = weight.view(out, 2, 2, colours, k, k)
    if not rows_first:
        parts = parts.transpose(1, 2)
    # (C, row offset, column offset, colour, k, k) -> (C, colour, k, row offset, k, column offset)
    return parts.permute(0, 3, 4, 1, 5, 2).reshape(out, colours, 2 * k, 2 * k)


def is_lite(names: Iterable[str]) -> bool:
    """Whether these are tensors of a lite variant: its stem is made of convolutions."""
    return 'model.0.conv_slice.conv.weight' in names


def rename(name: str, lite: bool = False) -> str:
    """Return the name in this package of a tensor of YOLO-Pose.

    Raises:
        UserError: If it is no tensor of a YOLO-Pose network.
    """
    found = re.fullmatch(r'model\.(\d{1,3})\.(.+)', name)
    if not found:
        raise UserError(f'{name!r} is no tensor of a YOLO-Pose or YOLOv5-P6 network')
    layer, rest = int(found[1]), found[2]
    if layer == 0:
        return _rename_stem(rest, lite)
    if layer == HEAD_LAYER:
        return _rename_head(rest)
    if layer not in LAYERS:
        raise UserError(f'{name!r}: a YOLO-Pose P6 network has no weights in layer {layer}')
    return f'{LAYERS[layer]}.{_rename_parts(layer, rest)}'


def _rename_stem(rest: str, lite: bool) -> str:
    if rest.startswith('conv_slice.'):
        return f'backbone.stem.0.{rest.removeprefix("conv_slice.")}'
    return f'backbone.stem.{"1." if lite else ""}{rest.removeprefix("conv.")}'


def _rename_parts(layer: int, rest: str) -> str:
    parts = rest.split('.')
    if parts[0] == 'm' and len(parts) > 3:  # m.<block>.cv1 ...
        return '.'.join(['blocks', parts[1], parts[2].replace('cv', 'conv'), *parts[3:]])
    table = _SPP_PARTS if layer == SPP_LAYER else _CSP_PARTS
    return '.'.join([table.get(parts[0], parts[0]), *parts[1:]])


def _rename_head(rest: str) -> str:
    parts = rest.split('.')
    module = 'head.head_module'
    if parts[0] == 'm':
        return '.'.join([module, 'boxes', *parts[1:]])
    if parts[0] == 'm_kpt' and len(parts) > 2:
        if parts[-2] in ('conv', 'bn'):
            return '.'.join([module, 'keypoint_features', *parts[1:]])
        return '.'.join([module, 'keypoints', parts[1], parts[-1]])
    if rest in ANCHOR_FORMS:
        return ANCHORS
    raise UserError(f'model.{HEAD_LAYER}.{rest!r} is no tensor of a YOLO-Pose head')


def anchors_in_pixels(state_dict: dict[str, Tensor]) -> Tensor:
    """Return the anchors of a YOLO-Pose state dict, (L, A, 2): width, height in pixels.

    Raises:
        UserError: If there are none, or those in pixels and those in cells disagree.
    """
    pixels, cells = (state_dict.get(f'model.{HEAD_LAYER}.{form}') for form in ANCHOR_FORMS)
    if pixels is None and cells is None:
        raise UserError(f'model.{HEAD_LAYER}.anchor_grid is missing: the head has no anchors')
    for form in (pixels, cells):
        shape = (0,) if form is None else tuple(form.shape)
        if form is not None and (0 in shape or shape[:1] + shape[-1:] != (len(STRIDES), 2)):
            raise UserError(f'the anchors of the head have the shape {shape}')
    if cells is not None:
        scaled = cells.float() * torch.tensor(STRIDES)[:, None, None]
        if pixels is None:
            return scaled
    pixels = pixels.float().reshape(pixels.shape[0], -1, 2)
    # Half precision keeps three digits.
    if cells is not None and not torch.allclose(pixels, scaled, rtol=2e-3):
        raise UserError(
            f'the strides of this network are not {STRIDES}: its anchors in pixels and in cells '
            'disagree'
        )
    return pixels


def translate(state_dict: dict[str, Tensor], rows_first: bool = True) -> dict[str, Tensor]:
    """Return a YOLO-Pose state dict with the names and shapes of this package, in float32.

    ``rows_first`` is the order of its Focus layer (:func:`focus_to_conv`). The two forms of the
    anchors become one tensor; counters stay integers.

    Raises:
        UserError: If a tensor belongs to no YOLO-Pose network, or two become one.
    """
    lite = is_lite(state_dict)
    result = {}
    for name, tensor in state_dict.items():
        ours = rename(name, lite)
        if ours == ANCHORS:
            result[ours] = anchors_in_pixels(state_dict)
            continue
        if ours in result:
            raise UserError(f'two tensors would become {ours!r}, the second is {name!r}')
        if tensor.is_floating_point():
            tensor = tensor.float()
        if ours == 'backbone.stem.conv.weight' and tensor.ndim == 4 and tensor.shape[1] % 4 == 0:
            tensor = focus_to_conv(tensor, rows_first)
        result[ours] = tensor
    return result
