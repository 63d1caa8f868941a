"""A YOLO-Pose checkpoint becomes one of MMPose: every tensor used, every tensor filled."""

from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

from .writing import check_destination, write_checkpoint
from .yolopose_architecture import SIZES, Architecture, find_architecture
from .yolopose_names import is_lite, rename, translate
from .yolopose_source import Source, read_source

COUNTER = '.num_batches_tracked'
_SHOWN = 6


@dataclass
class Conversion:
    """What was converted."""

    architecture: Architecture
    cfg: Config
    state_dict: dict[str, Tensor]
    parameters: int
    sources: int
    """Tensors of the source; all of them were used."""


def convert(source: str | Path, destination: str | Path, size: str = 'auto') -> Conversion:
    """Convert a checkpoint.

    Args:
        source (str | Path): See :func:`read_source`.
        destination (str | Path): The ``.pth`` to write.
        size (str): What the source is expected to be, one of ``SIZES``; ``'auto'`` takes what it
            is.

    Raises:
        UserError: If the source is not a whole YOLO-Pose network of that size, or the destination
            cannot be written. Nothing is written then.
    """
    destination = check_destination(destination, Path(source))
    result = convert_source(read_source(source), size)
    write_checkpoint(
        destination,
        result.state_dict,
        result.cfg,
        converted_from=Path(source).name,
        network=result.architecture.name,
    )
    return result


def convert_source(source: Source, size: str = 'auto') -> Conversion:
    """Convert what was read, without writing it."""
    architecture = find_architecture(source)
    if architecture.keypoint_blocks is None:
        raise UserError(
            f'{source.path} is a detector without keypoints ({architecture.name}); --into CONFIG '
            'starts a pose network from it'
        )
    check_size(source, architecture, size)
    cfg = config_of(architecture)
    model = skeleton(cfg)
    return Conversion(
        architecture,
        cfg,
        match(source, model),
        parameters=sum(p.numel() for p in model.parameters()),
        sources=len(source.tensors),
    )


def check_size(source: Source, architecture: Architecture, size: str) -> None:
    """Refuse a network of another size than was asked for ('auto' accepts all)."""
    if size != 'auto' and architecture.size != size:
        raise UserError(f'{source.path} is {architecture.name}, not {size}')


def config_of(architecture: Architecture) -> Config:
    """The published config nearest to a network, changed into that network's own."""
    size = architecture.size or min(
        SIZES, key=lambda name: abs(SIZES[name][1] - architecture.widen_factor)
    )
    lite = '-lite' if architecture.lite else ''
    cfg = load_config(f'yolopose-{size}{lite}_1xb32-80e_coco-640')
    architecture.apply(cfg.model)
    return cfg


def skeleton(cfg: Config) -> nn.Module:
    """The model of a config without memory for its weights: names and shapes."""
    import mmpose_lrfg.register  # noqa: F401  the models

    init_default_scope('mmpose')
    with torch.device('meta'):
        return MODELS.build(cfg.model)


def match(source: Source, model: nn.Module) -> dict[str, Tensor]:
    """The source's tensors as the state dict of ``model``.

    Counters of batches, which have no part in the network's function, may be missing.

    Raises:
        UserError: If a tensor of either side has no counterpart, or one of another shape.
    """
    known, unused = split(source.tensors)
    ours = translate(known, source.rows_first)
    wanted = model.state_dict()
    odd = [
        f'{name} {tuple(ours[name].shape)} instead of {tuple(tensor.shape)}'
        for name, tensor in wanted.items()
        if name in ours and ours[name].shape != tensor.shape
    ]
    lite = is_lite(known)
    unused += [name for name in known if rename(name, lite) not in wanted]
    missing = [name for name in wanted if name not in ours and not name.endswith(COUNTER)]
    if odd or unused or missing:
        raise UserError(
            f'{source.path} does not fit: {listing(unused)} of its tensors are not used; '
            f'{listing(missing)} of the network are not filled; {listing(odd)} differ in shape'
        )
    zero = torch.zeros((), dtype=torch.int64)
    return {name: ours[name].contiguous() if name in ours else zero.clone() for name in wanted}


def split(tensors: dict[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """Tensors with a place in a YOLO-Pose network, and names of those without."""
    known, unknown = {}, []
    for name, tensor in tensors.items():
        try:
            rename(name)
            known[name] = tensor
        except UserError:
            unknown.append(name)
    return known, unknown


def listing(names: list[str]) -> str:
    """'3 (a, b, c)'."""
    more = ', ...' if len(names) > _SHOWN else ''
    return f'{len(names)} ({", ".join(names[:_SHOWN])}{more})' if names else '0'
