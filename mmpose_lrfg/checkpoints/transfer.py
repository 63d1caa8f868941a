"""Start the training of another network from weights of YOLO-Pose or of a YOLOv5-P6 detector."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from torch import Tensor, nn

import mmpose_lrfg.models  # noqa: F401  registers them
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

from .convert import COUNTER
from .head_rows import HeadShape, same_rows
from .loading import listing
from .publish import write_checkpoint
from .yolopose_architecture import Architecture, find_architecture
from .yolopose_names import ANCHORS, translate
from .yolopose_source import Source, read_source

HEAD = 'head.head_module'
# Names of YOLO-Pose's layers in a network whose SPP is in the neck, in this order.
_SPP_AT_NECK = {'backbone.stage5.1': 'neck.spp', 'backbone.stage5.2': 'backbone.stage5.1'}


@dataclass
class Transfer:
    """The weights that a training starts from, and their origin.

    Attributes:
        architecture: The network of the source.
        cfg: Config of the target.
        state_dict: Weights of the target.
        rows: How many rows (output channels) of each tensor of the target are the source's; the
            others are initialised. Without anchors and counters.
        unused: Tensors of the source, by names of this package, without a place in the target.
    """

    architecture: Architecture
    cfg: Config
    state_dict: dict[str, Tensor]
    rows: dict[str, int] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)


def transfer(
    source: str | Path, destination: str | Path, config: str, size: str = 'auto'
) -> Transfer:
    """Write a checkpoint for ``load_from`` of the network of ``config``.

    Args:
        source (str | Path): See :func:`read_source`.
        destination (str | Path): The ``.pth`` to write.
        config (str): Path or base name of a config with a ``YOLOPoseHead``.
        size (str): As for :func:`convert`.

    Raises:
        UserError: If the source is no such network, or has another width than the config's.
            Nothing is written.
        OSError: If the destination cannot be written.
    """
    result = transfer_source(read_source(source), load_config(config), size)
    meta = dict(started_from=Path(source).name, network=result.architecture.name)
    write_checkpoint(destination, result.state_dict, result.cfg, **meta)
    return result


def transfer_source(source: Source, cfg: Config, size: str = 'auto') -> Transfer:
    """Transfer a source without writing a file; see :func:`transfer`."""
    architecture = find_architecture(source, size)
    given, unknown = translate(source.tensors, source.rows_first)
    if unknown:
        raise UserError(f'{source.path}: no YOLO-Pose network has the tensors {listing(unknown)}')
    model = fresh_model(cfg)
    if not hasattr(getattr(model, 'head', None), 'head_module'):
        raise UserError(f'{cfg.filename} has no YOLOPoseHead to start from YOLO-Pose')
    result = Transfer(architecture, cfg, model.state_dict())
    if not any(name.startswith('backbone.stage5.2.') for name in result.state_dict):
        for layer, own in _SPP_AT_NECK.items():
            given = {re.sub(f'^{layer}', own, name): tensor for name, tensor in given.items()}
    used = _take_head(result, given, model.head)
    for name, own in result.state_dict.items():
        # Output convolutions are done; anchors are the config's; counters start from zero.
        if name in result.rows or name == ANCHORS or name.endswith(COUNTER):
            continue
        fits = name in given and given[name].shape == own.shape
        result.rows[name] = len(own) if fits else 0
        if fits:
            own.copy_(given[name])
            used.add(name)
    if not any(rows for name, rows in result.rows.items() if name.startswith('backbone.')):
        raise UserError(
            f'nothing of {source.path} ({architecture.name}) fits the backbone of {cfg.filename}; '
            'are their sizes the same?'
        )
    result.unused = [n for n in given if n not in used and not n.endswith(COUNTER) and n != ANCHORS]
    return result


def fresh_model(cfg: Config) -> nn.Module:
    """Build and initialise the network of a config, always with the same random numbers."""
    init_default_scope('mmpose')
    # mmengine would print a line for every tensor.
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel('WARNING')
    try:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = MODELS.build(cfg.model)
            model.init_weights()
    finally:
        logger.setLevel(level)
    return model


def _take_head(result: Transfer, given: dict[str, Tensor], head: nn.Module) -> set[str]:
    """Copy the rows of the output convolutions that have the same meaning.

    Returns:
        set[str]: Names of the source's tensors of which rows are copied.
    """
    network = result.architecture
    source = HeadShape(
        given[ANCHORS].shape[1],
        network.num_classes,
        network.num_keypoints,
        network.keypoint_blocks or 0,
        'per_anchor' if network.keypoint_blocks is None else 'concatenated',
    )
    target = HeadShape(
        head.anchors.num_anchors,
        head.num_classes,
        head.num_keypoints,
        # n depthwise convolutions with n - 1 others between them.
        (len(head.head_module.keypoint_features[0]) + 1) // 2,
        head.head_module.layout,
    )
    used = set()
    for level, sizes in enumerate(head.anchors.sizes):
        theirs = given[ANCHORS][level]
        same_sizes = (theirs == sizes).all(dim=1).tolist() if theirs.shape == sizes.shape else []
        same = same_rows(source, target, same_sizes)
        for kind in ('weight', 'bias'):
            names = {branch: f'{HEAD}.{branch}.{level}.{kind}' for branch in ('boxes', 'keypoints')}
            result.rows.update(dict.fromkeys(names.values(), 0))
            for (branch, row), (origin, index) in same.items():
                own, values = result.state_dict[names[branch]], given.get(names[origin])
                fits = values is not None and values.ndim and values.shape[1:] == own.shape[1:]
                if fits and index < len(values):
                    own[row] = values[index]
                    result.rows[names[branch]] += 1
                    used.add(names[origin])
    return used


def describe(result: Transfer) -> str:
    """Return a line about the numbers that are the source's, and the parts without any."""
    taken, total = Counter(), Counter()
    for name, rows in result.rows.items():
        part = '.'.join(name.replace(HEAD, 'head').split('.')[:2])  # as in 'backbone.stage4'
        own = result.state_dict[name]
        taken[part] += rows * own[0].numel()
        total[part] += own.numel()
    fresh = [part for part in total if not taken[part]]
    return (
        f'{taken.total() / total.total():.1%} of the weights start from '
        f'{result.architecture.name}, none of {", ".join(fresh) or "no part"}; '
        f'{len(result.unused)} tensors of the source have no place here'
    )
