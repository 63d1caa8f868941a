"""Names of tensors in checkpoints of earlier versions."""

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
