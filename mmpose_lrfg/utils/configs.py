"""Change the input size of a config that was read."""

from collections.abc import Iterator, Sequence
from typing import Any

from mmengine.config import Config

from .errors import UserError

STRIDE = 64
"""Largest stride of the networks: height and width of their input are multiples of it."""


def dicts_in(node: Any) -> Iterator[dict]:
    """Yield every dict inside ``node``, ``node`` included unless it is a ``Config``."""
    if isinstance(node, (dict, Config)):
        if isinstance(node, dict):
            yield node
        node = list(node.values())
    if isinstance(node, (list, tuple)):
        for value in node:
            yield from dicts_in(value)


def set_img_size(cfg: Config, size: Sequence[int]) -> None:
    """Set the size of the network's input everywhere in a config, in place.

    That is ``input_size`` and ``img_scale`` of the transforms of all data loaders and hooks, nested
    ones too, of codecs (with ``heatmap_size``) and of the config's own variable; ``long_side`` of
    the image cache; and ``random_size_range`` of training with batches of changing size.

    Args:
        cfg (Config): A whole config.
        size (Sequence[int]): Height and width in pixels, multiples of 64. (MMPose's settings have
            the width first.)

    Raises:
        UserError: If a side is no multiple of 64, or the config has no such setting.
    """
    height, width = size
    if any(side < STRIDE or side % STRIDE for side in size):
        near = ' x '.join(str(max(1, round(side / STRIDE)) * STRIDE) for side in size)
        raise UserError(
            f'image size must be multiples of {STRIDE} pixels (height x width), '
            f'got {height} x {width}; the nearest is {near}'
        )
    before = _size_before(cfg)
    for node in dicts_in(cfg._cfg_dict):
        _set_sizes(node, (width, height))
        if 'long_side' in node:
            # Images are decoded as large as the input, or larger where the config has it so.
            same = node['long_side'] == max(before)
            node['long_side'] = max(size) if same else max(*size, node['long_side'])
        if 'random_size_range' in node:
            node['random_size_range'] = tuple(
                side * min(size) // min(before) for side in node['random_size_range']
            )


def _size_before(cfg: Config) -> tuple[int, int]:
    """Width and height of the training images, or of the first others in the config."""
    loaders = [cfg.get(f'{split}_dataloader') for split in ('train', 'val', 'test')]
    for node in dicts_in([*loaders, cfg._cfg_dict]):
        for key in ('input_size', 'img_scale'):
            if _is_pair(node.get(key)):
                return tuple(node[key])
    raise UserError('the config has no input_size that could be changed')


def _set_sizes(node: dict, new: tuple[int, int]) -> None:
    """Replace (width, height) in one dict."""
    old = node.get('input_size')
    if _is_pair(old) and _is_pair(node.get('heatmap_size')):
        node['heatmap_size'] = tuple(
            side * ours // theirs for side, ours, theirs in zip(node['heatmap_size'], new, old)
        )
    for key in ('input_size', 'img_scale'):
        # A single number, as of YOLOPoseHead, is another setting: the size that its gains are for.
        if _is_pair(node.get(key)):
            node[key] = new


def _is_pair(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2
