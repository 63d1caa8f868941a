"""Publish a trained checkpoint: keep the weights, the keypoints' metadata and the config."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

import mmpose_lrfg.models  # noqa: F401  registers them
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.downloads import sha256_of
from mmpose_lrfg.utils.errors import UserError

from .loading import (
    TRAINING_ONLY,
    check_finite,
    compare,
    find_checkpoint,
    read_checkpoint,
    state_dict_of,
)
from .writing import write_checkpoint


@dataclass(frozen=True)
class Published:
    """A written checkpoint.

    Attributes:
        path: The file.
        num_tensors: Tensors in it.
        num_bytes: Its size.
        sha256: Its checksum.
        rounding: Largest absolute change of a weight by storing it in 16 bits.
    """

    path: Path
    num_tensors: int
    num_bytes: int
    sha256: str
    rounding: float


def publish(
    source: str,
    config: str,
    destination: str | Path,
    half: bool = True,
    average: Sequence[str] = (),
) -> Published:
    """Write the weights of a training as a checkpoint for inference and fine-tuning.

    Averaged weights (mmengine's ``EMAHook`` saves them as the model's) are taken where there are
    any. The optimizer, messages and the branches used in training only are left out.

    Args:
        source (str): Checkpoint of a training.
        config (str): Config of the network that the weights are for.
        destination (str | Path): The checkpoint to write.
        half (bool): Store floating-point weights in 16 bits; they are loaded in 32 again.
        average (Sequence[str]): Further checkpoints of that network. The mean of all is written, a
            "model soup" (Wortsman et al., ICML 2022): useful for trainings that continue one
            another or start from the same weights.

    Raises:
        UserError: If a file is missing or damaged, or the weights are of another network or not
            finite.
    """
    init_default_scope('mmpose')
    files = [find_checkpoint(file) for file in (source, *average)]
    cfg = load_config(config)
    model = MODELS.build(cfg.model)
    states = []
    for file in files:
        states.append(inference_state(file))
        check_finite(file, states[-1])
        if found := compare(states[-1], model):
            raise UserError(f'checkpoint {file} is of another network than {config}: {found}')
    state = mean_of(states)
    stored = {name: to_half(value) if half else value.clone() for name, value in state.items()}
    errors = [(stored[name].float() - value.float()).abs().max() for name, value in state.items()]
    write_checkpoint(destination, stored, cfg)
    path = Path(destination)
    return Published(
        path, len(stored), path.stat().st_size, sha256_of(path), float(max(errors, default=0))
    )


def inference_state(checkpoint: str) -> dict[str, torch.Tensor]:
    """Return the weights of a checkpoint without the branches that only training uses."""
    state = state_dict_of(read_checkpoint(checkpoint))
    return {name: value for name, value in state.items() if not name.startswith(TRAINING_ONLY)}


def mean_of(states: Sequence[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Return the mean of each tensor, summed in double precision; of integers, the first."""
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
    """Return a floating-point tensor in 16 bits where its range allows it, else a copy."""
    if value.is_floating_point() and value.abs().max() < torch.finfo(torch.float16).max:
        return value.half()
    return value.clone()
