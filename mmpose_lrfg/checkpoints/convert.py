"""Convert checkpoints of YOLO-Pose to MMPose: every tensor is used, and every tensor filled."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.config import Config
from torch import Tensor, nn

import mmpose_lrfg.models  # noqa: F401  registers them
from mmpose_lrfg.utils.errors import UserError

from .loading import compare
from .publish import build_meta_model, write_checkpoint
from .yolopose_architecture import Architecture, find_architecture
from .yolopose_names import translate
from .yolopose_source import Source, read_source

COUNTER = '.num_batches_tracked'


@dataclass
class Conversion:
    """A converted checkpoint.

    Attributes:
        cfg: Config of the network.
        state_dict: Its weights.
        num_parameters: Parameters of the network.
        num_source_tensors: Tensors of the source, all of which are used.
        architecture: The network of YOLO-Pose; None for other families.
    """

    cfg: Config
    state_dict: dict[str, Tensor]
    num_parameters: int
    num_source_tensors: int
    architecture: Architecture | None = None


def convert(source: str | Path, destination: str | Path, size: str = 'auto') -> Conversion:
    """Convert a checkpoint of YOLO-Pose.

    Args:
        source (str | Path): See :func:`read_source`.
        destination (str | Path): The ``.pth`` to write.
        size (str): Expected size, see :func:`find_architecture`.

    Raises:
        UserError: If the source is not a whole YOLO-Pose network of that size. Nothing is written.
        OSError: If the destination cannot be written.
    """
    result = convert_source(read_source(source), size)
    meta = dict(converted_from=Path(source).name, network=result.architecture.name)
    write_checkpoint(destination, result.state_dict, result.cfg, **meta)
    return result


def convert_source(source: Source, size: str = 'auto') -> Conversion:
    """Convert a source without writing a file; see :func:`convert`."""
    architecture = find_architecture(source, size)
    if architecture.keypoint_blocks is None:
        raise UserError(
            f'{source.path} is a detector without keypoints ({architecture.name}); --into CONFIG '
            'starts a pose network from it'
        )
    cfg = architecture.config()
    model = build_meta_model(cfg)
    state = fill(source.path, model, *translate(source.tensors, source.rows_first))
    num_parameters = sum(p.numel() for p in model.parameters())
    return Conversion(cfg, state, num_parameters, len(source.tensors), architecture)


def describe(result: Conversion) -> str:
    """Return one line about a converted network of YOLO-Pose."""
    found = result.architecture
    head = 'one 1x1' if not found.keypoint_blocks else f'{2 * found.keypoint_blocks} layers'
    return (
        f'{found.name}: depth {found.deepen_factor:g}, width {found.widen_factor:g}, {found.act}, '
        f'keypoint head of {head}, {found.num_keypoints} keypoints, {found.num_classes} '
        f'class{"es" if found.num_classes > 1 else ""}; {result.num_source_tensors} tensors used, '
        f'none left, {result.num_parameters:,} parameters'
    )


def fill(
    path: str | Path, model: nn.Module, tensors: dict[str, Tensor], unused: Sequence[str] = ()
) -> dict[str, Tensor]:
    """Return ``tensors`` as the state dict of ``model``.

    Counters of batches, which do not affect predictions, may be missing.

    Args:
        path (str | Path): The source, for messages.
        model (nn.Module): The network.
        tensors (dict[str, Tensor]): By names of the network.
        unused (Sequence[str]): Further tensors of the source, which have no place.

    Raises:
        UserError: If a tensor of either side has no counterpart, or one of another shape.
    """
    found = compare(tensors, model)
    found.missing = [name for name in found.missing if not name.endswith(COUNTER)]
    found.unexpected += unused
    if found:
        raise UserError(f'{path} does not fit the network: {found}')
    zero = torch.zeros((), dtype=torch.int64)
    return {
        name: tensors.get(name, zero).clone(memory_format=torch.contiguous_format)
        for name in model.state_dict()
    }
