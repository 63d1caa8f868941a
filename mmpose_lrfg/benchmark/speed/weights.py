"""Trained weights of a model, without what only its training had."""

import torch

from mmpose_lrfg.checkpoints.loading import (
    TRAINING_ONLY,
    check_finite,
    compare,
    find_checkpoint,
    read_checkpoint,
    state_dict_of,
)
from mmpose_lrfg.utils.errors import UserError


def read_weights(path: str) -> dict[str, torch.Tensor]:
    """Tensors of a checkpoint by name, without those that only training reads.

    Args:
        path (str): A file, or an address.

    Raises:
        UserError: If it cannot be found or read.
    """
    state = state_dict_of(read_checkpoint(find_checkpoint(path)))
    return {name: value for name, value in state.items() if not name.startswith(TRAINING_ONLY)}


def load_weights(model: torch.nn.Module, path: str) -> None:
    """Load a checkpoint into a model.

    Raises:
        UserError: If it is of another network, or not all of its weights are finite.
    """
    state = read_weights(path)
    check_finite(path, state)
    found = compare(state, model)
    if found:
        raise UserError(f'checkpoint {path} is of another network: {found}')
    model.load_state_dict(state)
