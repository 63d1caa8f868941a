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

#: Arguments and keys of ``test_cfg`` of earlier versions.
ARGUMENTS = {
    'pyramid': 'spp',  # SCADKNet, ImplicitGhostPAFPN
    'unlabelled_at_zero': 'unannotated_at_zero',  # YOLOPoseHead
    'objectness_fit': 'obj_target',
    'loss_keypoints': 'loss_oks',
    'pull': 'aux_weight',  # KeypointOKSLoss
    'merge_thr': 'wnms_thr',  # test_cfg
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


def update_arguments(kwargs: dict | None) -> dict:
    """Rename arguments, or keys of a ``test_cfg``."""
    return {ARGUMENTS.get(name, name): value for name, value in (kwargs or {}).items()}


def accept_old_arguments(update: Callable[[dict], dict] = update_arguments) -> Callable:
    """Decorate ``__init__`` so that it takes the keyword arguments of stored configs.

    Args:
        update (Callable): Translates the keyword arguments.
    """

    def decorate(init: Callable) -> Callable:
        @functools.wraps(init)
        def with_old_arguments(self, *args, **kwargs):
            init(self, *args, **update(kwargs))

        return with_old_arguments

    return decorate


def update_head(kwargs: dict) -> dict:
    """Translate ``loss=dict(type='YOLOPoseLoss', ...)`` to the present arguments of the head."""
    kwargs = update_arguments(kwargs)
    old = update_arguments(kwargs.pop('loss', None))
    old.pop('type', None)
    if old.get('vis_weight') is None:  # that of the classes, as in YOLO-Pose
        old['vis_weight'] = old.get('cls_weight')
    old['vis_pos_weight'] = old.get('cls_pos_weight')
    for name in ('obj', 'cls', 'vis'):
        weight, pos_weight = (old.pop(f'{name}_{kind}', None) for kind in ('weight', 'pos_weight'))
        given = dict(loss_weight=weight, pos_weight=pos_weight)
        old[f'loss_{name}'] = {key: value for key, value in given.items() if value is not None}
    for name, value in old.items():
        kwargs[name] = {**kwargs.get(name, {}), **value} if isinstance(value, dict) else value
    return kwargs
