"""Names of earlier versions: tensors in checkpoints and arguments in stored configs."""

import functools
from collections.abc import Callable
from typing import Any

from torch import nn

#: Parts of the names of tensors in checkpoints of earlier versions.
KEYS = {
    'shared': 'conv_reduce',  # CoordinateAttention
    'rows': 'conv_h',
    'columns': 'conv_w',
    'primary': 'primary_conv',  # GhostModule
    'cheap': 'cheap_operation',
    'pyramid': 'spp',  # ImplicitGhostPAFPN
    'laterals': 'reduce_layers',
    'top_down': 'top_down_blocks',
    'downs': 'downsample_layers',
    'bottom_up': 'bottom_up_blocks',
}


def update_key(key: str) -> str:
    """Return the present name of a tensor."""
    return '.'.join(KEYS.get(part, part) for part in key.split('.'))


def accept_old_keys(module: nn.Module) -> None:
    """Let a module load state dicts with the names of earlier versions, without a warning."""
    module._register_load_state_dict_pre_hook(_update_keys)


def _update_keys(state_dict: dict, prefix: str, *_: Any) -> None:
    for key in [key for key in state_dict if key.startswith(prefix)]:
        new = prefix + update_key(key[len(prefix) :])
        if new != key:
            state_dict[new] = state_dict.pop(key)


def accept_old_arguments(update: Callable[[dict], dict]) -> Callable:
    """Decorate ``__init__`` so that it takes the keyword arguments of stored configs.

    Args:
        update (Callable): Translates keyword arguments; what has its present name stays.
    """

    def decorate(init: Callable) -> Callable:
        @functools.wraps(init)
        def with_old_arguments(self, *args, **kwargs):
            init(self, *args, **update(kwargs))

        return with_old_arguments

    return decorate


def update_spp(kwargs: dict) -> dict:
    """Translate ``pyramid`` of backbone and neck."""
    kwargs = dict(kwargs)
    if 'pyramid' in kwargs:
        kwargs['spp'] = kwargs.pop('pyramid')
    return kwargs


def update_test_cfg(test_cfg: dict | None) -> dict:
    """Translate ``merge_thr`` of a head's ``test_cfg``."""
    test_cfg = dict(test_cfg or {})
    if 'merge_thr' in test_cfg:
        test_cfg['wnms_thr'] = test_cfg.pop('merge_thr')
    return test_cfg


def update_oks_loss(kwargs: dict) -> dict:
    """Translate ``pull`` of ``KeypointOKSLoss``."""
    kwargs = dict(kwargs)
    if 'pull' in kwargs:
        kwargs['aux_weight'] = kwargs.pop('pull')
    return kwargs


def update_head(kwargs: dict) -> dict:
    """Translate ``loss=dict(type='YOLOPoseLoss', ...)`` of ``YOLOPoseHead``, which was one part."""
    kwargs = dict(kwargs)
    if 'unlabelled_at_zero' in kwargs:
        kwargs['unannotated_at_zero'] = kwargs.pop('unlabelled_at_zero')
    old = dict(kwargs.pop('loss', None) or {})
    old.pop('type', None)
    if not old:
        return kwargs
    if old.get('vis_weight') is None and 'cls_weight' in old:
        old['vis_weight'] = old['cls_weight']
    if 'cls_pos_weight' in old:
        old['vis_pos_weight'] = old['cls_pos_weight']
    for name in ('obj', 'cls', 'vis'):
        given = {
            argument: old.pop(f'{name}_{part}')
            for part, argument in (('weight', 'loss_weight'), ('pos_weight', 'pos_weight'))
            if old.get(f'{name}_{part}') is not None
        }
        if given:
            old[f'loss_{name}'] = given
    for before, after in (('loss_keypoints', 'loss_oks'), ('objectness_fit', 'obj_target')):
        if before in old:
            old[after] = old.pop(before)
    for name, value in old.items():
        both = isinstance(value, dict) and isinstance(kwargs.get(name), dict)
        kwargs[name] = {**kwargs[name], **value} if both else value
    return {name: value for name, value in kwargs.items() if name != 'vis_weight'}
