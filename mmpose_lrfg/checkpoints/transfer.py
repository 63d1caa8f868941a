"""Weights of YOLO-Pose or a YOLOv5-P6 detector as the start of another network's training."""

import logging
from dataclasses import dataclass, field
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

from .convert import COUNTER, check_size, listing, split
from .head_rows import HeadShape, same_rows
from .writing import check_destination, write_checkpoint
from .yolopose_architecture import Architecture, find_architecture
from .yolopose_names import ANCHORS, translate
from .yolopose_source import Source, read_source

HEAD = 'head.head_module'
_OUTPUTS = ('boxes', 'keypoints')

# Where a part of YOLO-Pose stands in a network with its SPP in the neck.
_SPP_IN_NECK = {
    'backbone.stage5.1.': 'neck.spp.',
    'backbone.stage5.2.': 'backbone.stage5.1.',
}


@dataclass
class Transfer:
    """What became of every tensor."""

    architecture: Architecture
    cfg: Config
    state_dict: dict[str, Tensor]
    taken: list[str] = field(default_factory=list)
    """Tensors of the target that are the source's, whole."""
    partly: dict[str, int] = field(default_factory=dict)
    """Rows (output channels) taken, for tensors of which only some are."""
    fresh: list[str] = field(default_factory=list)
    """Tensors of the target that start as they would without the source."""
    unused: list[str] = field(default_factory=list)
    """Tensors of the source, by our names, that have no place in the target."""


def transfer(
    source: str | Path, destination: str | Path, config: str, size: str = 'auto', seed: int = 0
) -> Transfer:
    """Write a checkpoint for ``load_from`` of the network of ``config``.

    Args:
        source (str | Path): See :func:`read_source`.
        destination (str | Path): The ``.pth`` to write.
        config (str): Path or base name of a config with a ``YOLOPoseHead``.
        size (str): As for :func:`convert`.
        seed (int): Of what starts fresh.

    Raises:
        UserError: On a source that is no such network, of another width than the config's, or a
            destination that cannot be written. Nothing is written then.
    """
    destination = check_destination(destination, Path(source))
    cfg = load_config(config)
    result = transfer_source(read_source(source), cfg, size, seed)
    write_checkpoint(
        destination,
        result.state_dict,
        cfg,
        started_from=Path(source).name,
        network=result.architecture.name,
    )
    return result


def transfer_source(source: Source, cfg: Config, size: str = 'auto', seed: int = 0) -> Transfer:
    """Transfer what was read, without writing it."""
    architecture = find_architecture(source)
    check_size(source, architecture, size)
    known, unknown = split(source.tensors)
    if unknown:
        raise UserError(f'{source.path} holds {listing(unknown)} that no YOLO-Pose network has')
    model = fresh_model(cfg, seed)
    if not hasattr(getattr(model, 'head', None), 'head_module'):
        raise UserError(f'{cfg.filename} has no YOLOPoseHead to start from YOLO-Pose')

    given = relocate(translate(known, source.rows_first), model)
    result = Transfer(architecture, cfg, state_dict=model.state_dict())
    used = take_head(result, given, model)
    for name, own in result.state_dict.items():
        if name in used or name in result.partly or is_output(name):
            continue
        if name == ANCHORS or name.endswith(COUNTER):  # the config's own; from zero
            continue
        if name in given and given[name].shape == own.shape:
            own.copy_(given[name])
            result.taken.append(name)
            used.add(name)
        else:
            result.fresh.append(name)
    if not any(name.startswith('backbone.') for name in result.taken):
        raise UserError(
            f'nothing of {source.path} ({architecture.name}) fits the backbone of {cfg.filename}; '
            'are their sizes the same?'
        )
    result.unused = [n for n in given if n not in used and not n.endswith(COUNTER) and n != ANCHORS]
    return result


def fresh_model(cfg: Config, seed: int) -> nn.Module:
    """The network of a config as its training would start it."""
    import mmpose_lrfg.register  # noqa: F401  the models

    init_default_scope('mmpose')
    # mmengine would print a line for every tensor.
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = MODELS.build(cfg.model)
            model.init_weights()
    finally:
        logger.setLevel(level)
    return model


def relocate(given: dict[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """The source's tensors under the names that ``model`` has for the same parts."""
    last = [name for name in model.state_dict() if name.startswith('backbone.stage5.2.')]
    if last:  # the SPP is inside the backbone, as in YOLO-Pose
        return given
    moved = {}
    for name, tensor in given.items():
        for old, new in _SPP_IN_NECK.items():
            if name.startswith(old):
                name = new + name.removeprefix(old)
                break
        moved[name] = tensor
    return moved


def is_output(name: str) -> bool:
    """Whether a tensor belongs to the convolutions that make the head's outputs."""
    return name.startswith(tuple(f'{HEAD}.{branch}.' for branch in _OUTPUTS))


def take_head(result: Transfer, given: dict[str, Tensor], model: nn.Module) -> set[str]:
    """Copy the rows of the output convolutions that mean the same.

    Returns:
        set[str]: Names of the source's tensors of which something was taken.
    """
    head = model.head
    source, target = source_head(result.architecture), target_head(head)
    used = set()
    for level, sizes in enumerate(head.anchors.sizes):
        theirs = given[ANCHORS][level]
        same_sizes = (theirs == sizes).all(dim=1).tolist() if theirs.shape == sizes.shape else []
        rows = same_rows(source, target, same_sizes)
        for kind in ('weight', 'bias'):
            for branch in _OUTPUTS:
                name = f'{HEAD}.{branch}.{level}.{kind}'
                own, copied = result.state_dict[name], 0
                for (to_branch, row), (from_branch, origin) in rows.items():
                    theirs_name = f'{HEAD}.{from_branch}.{level}.{kind}'
                    values = given.get(theirs_name)
                    if to_branch != branch or values is None or values.shape[1:] != own.shape[1:]:
                        continue
                    own[row] = values[origin]
                    copied += 1
                    used.add(theirs_name)
                if copied == len(own):
                    result.taken.append(name)
                elif copied:
                    result.partly[name] = copied
                else:
                    result.fresh.append(name)
    return used


def source_head(architecture: Architecture) -> HeadShape:
    """The outputs of YOLO-Pose, or of a detector of YOLOv5."""
    detector = architecture.keypoint_blocks is None
    return HeadShape(
        len(architecture.anchors[0]),
        architecture.num_classes,
        architecture.num_keypoints,
        architecture.keypoint_blocks,
        'per_anchor' if detector else 'concatenated',
    )


def target_head(head: nn.Module) -> HeadShape:
    """The outputs of a ``YOLOPoseHead``."""
    return HeadShape(
        head.anchors.num_anchors,
        head.num_classes,
        head.num_keypoints,
        # n depthwise convolutions with n - 1 others between them.
        (len(head.head_module.keypoint_features[0]) + 1) // 2,
        head.head_module.layout,
    )
