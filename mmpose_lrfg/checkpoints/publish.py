"""A trained checkpoint made small and safe to hand on: weights, keypoints, config, nothing else."""

from collections.abc import Sequence
from pathlib import Path

import torch

from mmpose_lrfg.checkpoints.loading import (
    TRAINING_ONLY,
    check_finite,
    compare,
    find_checkpoint,
    read_checkpoint,
    state_dict_of,
)
from mmpose_lrfg.checkpoints.writing import check_destination, write_checkpoint
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.downloads import sha256_of
from mmpose_lrfg.utils.errors import UserError


def publish(
    source: str,
    config: str,
    destination: str,
    half: bool = True,
    average: Sequence[str] = (),
) -> dict:
    """Write the weights of a training as a checkpoint for inference and fine-tuning.

    Averaged weights (mmengine's ``EMAHook`` saves them as the model's) are taken where there are
    any. The optimiser, messages and the branches used in training only stay behind.

    Args:
        source (str): Checkpoint of a training.
        config (str): Config of the network that the weights are for.
        destination (str): The checkpoint to write.
        half (bool): Store floating-point weights in 16 bits; they are loaded in 32 again.
        average (Sequence[str]): Further checkpoints of that network. What is written is the mean of
            all, a "model soup" (Wortsman et al., ICML 2022): of use where they are ends of
            trainings that went on from one another or from the same weights.

    Returns:
        dict: ``path``, ``tensors``, ``bytes``, ``sha256`` and the largest absolute ``error`` of a
        weight that storing in 16 bits made.

    Raises:
        UserError: If a file is missing or damaged, or the weights are of another network or not
            finite.
    """
    from mmengine.registry import init_default_scope
    from mmpose.registry import MODELS

    import mmpose_lrfg.register  # noqa: F401

    init_default_scope('mmpose')

    path = Path(destination)
    sources = [find_checkpoint(file) for file in (source, *average)]
    for file in sources:
        check_destination(path, Path(file))
    cfg = load_config(config)
    model = MODELS.build(cfg.model)
    states = []
    for file in sources:
        states.append(inference_state(file))
        check_finite(file, states[-1])
        if found := compare(states[-1], model):
            raise UserError(f'checkpoint {file} is of another network than {config}: {found}')
    state = mean_of(states)
    stored = {name: to_half(value) if half else value.clone() for name, value in state.items()}
    error = max(
        (
            (stored[name].float() - value.float()).abs().max().item()
            for name, value in state.items()
        ),
        default=0.0,
    )
    write_checkpoint(path, stored, cfg)
    return dict(
        path=str(path),
        tensors=len(stored),
        bytes=path.stat().st_size,
        sha256=sha256_of(path),
        error=error,
    )


def inference_state(checkpoint: str) -> dict[str, torch.Tensor]:
    """The weights in a checkpoint, without the branches that only a training has."""
    state = state_dict_of(read_checkpoint(checkpoint))
    return {name: value for name, value in state.items() if not name.startswith(TRAINING_ONLY)}


def mean_of(states: Sequence[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Their mean, tensor by tensor, added up in double precision; of counts, those of the first."""
    first = states[0]
    if len(states) == 1:
        return first
    return {
        name: torch.stack([state[name].double() for state in states]).mean(0).float()
        if value.is_floating_point()
        else value
        for name, value in first.items()
    }


def to_half(value: torch.Tensor) -> torch.Tensor:
    """Floating point in 16 bits where its range allows, everything else as it is."""
    if value.is_floating_point() and value.abs().max() < torch.finfo(torch.float16).max:
        return value.half()
    return value.clone()
