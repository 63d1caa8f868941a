"""Walk through a config that was read, and change its input size."""

from collections.abc import Iterator, Sequence
from typing import Any

from mmengine.config import Config

from .errors import UserError

STRIDE = 64
"""Largest stride of the networks: height and width of their input are multiples of it."""
SIZES = ('input_size', 'img_scale')


def walk(node: Any, place: str = '') -> Iterator[tuple[str, Any]]:
    """Yield ``node`` and everything in it, each with its dotted place, the outer ones first."""
    yield place, node
    items = ()
    if isinstance(node, (dict, Config)):
        items = list(node.items())
    elif isinstance(node, (list, tuple)):
        items = enumerate(node)
    for key, value in items:
        yield from walk(value, f'{place}.{key}' if place else str(key))


def dicts_in(node: Any) -> Iterator[dict]:
    """Yield every dict inside ``node``, ``node`` included unless it is a ``Config``."""
    return (value for _, value in walk(node) if isinstance(value, dict))


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
    # The size of the training images, or of the first others in the config.
    loaders = [cfg.get(f'{split}_dataloader') for split in ('train', 'val', 'test')]
    pairs = (node[key] for node in dicts_in([*loaders, cfg._cfg_dict]) for key in _pairs_of(node))
    before = next(pairs, None)
    if before is None:
        raise UserError('the config has no input_size that could be changed')
    for node in dicts_in(cfg._cfg_dict):
        keys = _pairs_of(node)
        if 'input_size' in keys and 'heatmap_size' in node:
            node['heatmap_size'] = tuple(
                side * new // old
                for side, new, old in zip(node['heatmap_size'], (width, height), node['input_size'])
            )
        node.update(dict.fromkeys(keys, (width, height)))
        if 'long_side' in node:
            # Images are decoded as large as the input, or larger where the config has it so.
            same = node['long_side'] == max(before)
            node['long_side'] = max(size) if same else max(*size, node['long_side'])
        if 'random_size_range' in node:
            node['random_size_range'] = tuple(
                side * min(size) // min(before) for side in node['random_size_range']
            )


def _pairs_of(node: dict) -> list[str]:
    """Return the keys of (width, height); YOLOPoseHead's input_size is a single number."""
    return [
        key for key in SIZES if isinstance(node.get(key), (list, tuple)) and len(node[key]) == 2
    ]
