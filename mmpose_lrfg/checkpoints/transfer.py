"""Start the training of another network from weights of YOLO-Pose or of a YOLOv5-P6 detector."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from rich.table import Table
from torch import Tensor, nn

import mmpose_lrfg.models  # noqa: F401  registers them
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

from .convert import COUNTER, check_size, split
from .head_rows import BOXES, KEYPOINTS, HeadShape, same_rows
from .loading import listing
from .writing import write_checkpoint
from .yolopose_architecture import Architecture, find_architecture
from .yolopose_names import ANCHORS, translate
from .yolopose_source import Source, read_source

HEAD = 'head.head_module'

# Names of YOLO-Pose's layers in a network whose SPP is in the neck.
_SPP_AT_NECK = {
    'backbone.stage5.1.': 'neck.spp.',
    'backbone.stage5.2.': 'backbone.stage5.1.',
}


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
    source: str | Path, destination: str | Path, config: str, size: str = 'auto', seed: int = 0
) -> Transfer:
    """Write a checkpoint for ``load_from`` of the network of ``config``.

    Args:
        source (str | Path): See :func:`read_source`.
        destination (str | Path): The ``.pth`` to write.
        config (str): Path or base name of a config with a ``YOLOPoseHead``.
        size (str): As for :func:`convert`.
        seed (int): For the tensors that are initialised.

    Raises:
        UserError: If the source is no such network, or has another width than the config's.
            Nothing is written.
        OSError: If the destination cannot be written.
    """
    cfg = load_config(config)
    result = transfer_source(read_source(source), cfg, size, seed)
    meta = dict(started_from=Path(source).name, network=result.architecture.name)
    write_checkpoint(destination, result.state_dict, cfg, **meta)
    return result


def transfer_source(source: Source, cfg: Config, size: str = 'auto', seed: int = 0) -> Transfer:
    """Transfer a source without writing a file; see :func:`transfer`."""
    architecture = find_architecture(source)
    check_size(source, architecture, size)
    known, unknown = split(source.tensors)
    if unknown:
        raise UserError(f'{source.path}: no YOLO-Pose network has the tensors {listing(unknown)}')
    model = fresh_model(cfg, seed)
    if not hasattr(getattr(model, 'head', None), 'head_module'):
        raise UserError(f'{cfg.filename} has no YOLOPoseHead to start from YOLO-Pose')

    given = relocate(translate(known, source.rows_first), model)
    result = Transfer(architecture, cfg, state_dict=model.state_dict())
    used = take_head(result, given, model.head)
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


def fresh_model(cfg: Config, seed: int) -> nn.Module:
    """Build and initialise the network of a config as its training would."""
    init_default_scope('mmpose')
    # mmengine would print a line for every tensor.
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel('WARNING')
    try:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = MODELS.build(cfg.model)
            model.init_weights()
    finally:
        logger.setLevel(level)
    return model


def relocate(given: dict[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """Return the source's tensors under the names that ``model`` has for the same layers."""
    if any(name.startswith('backbone.stage5.2.') for name in model.state_dict()):
        return given  # SPP is in the backbone, as in YOLO-Pose
    moved = {}
    for name, tensor in given.items():
        old = next((prefix for prefix in _SPP_AT_NECK if name.startswith(prefix)), '')
        moved[_SPP_AT_NECK.get(old, '') + name.removeprefix(old)] = tensor
    return moved


def take_head(result: Transfer, given: dict[str, Tensor], head: nn.Module) -> set[str]:
    """Copy the rows of the output convolutions that have the same meaning.

    Returns:
        set[str]: Names of the source's tensors of which rows are copied.
    """
    source, target = source_head(result.architecture), target_head(head)
    used = set()
    for level, sizes in enumerate(head.anchors.sizes):
        theirs = given[ANCHORS][level]
        same_sizes = (theirs == sizes).all(dim=1).tolist() if theirs.shape == sizes.shape else []
        same = same_rows(source, target, same_sizes)
        for kind in ('weight', 'bias'):
            names = {branch: f'{HEAD}.{branch}.{level}.{kind}' for branch in (BOXES, KEYPOINTS)}
            result.rows.update(dict.fromkeys(names.values(), 0))
            for (branch, row), (origin, index) in same.items():
                own, values = result.state_dict[names[branch]], given.get(names[origin])
                fits = values is not None and values.ndim and values.shape[1:] == own.shape[1:]
                if fits and index < len(values):
                    own[row] = values[index]
                    result.rows[names[branch]] += 1
                    used.add(names[origin])
    return used


def source_head(architecture: Architecture) -> HeadShape:
    """Return the outputs of YOLO-Pose, or of a detector of YOLOv5."""
    detector = architecture.keypoint_blocks is None
    return HeadShape(
        len(architecture.anchors[0]),
        architecture.num_classes,
        architecture.num_keypoints,
        architecture.keypoint_blocks,
        'per_anchor' if detector else 'concatenated',
    )


def target_head(head: nn.Module) -> HeadShape:
    """Return the outputs of a ``YOLOPoseHead``."""
    return HeadShape(
        head.anchors.num_anchors,
        head.num_classes,
        head.num_keypoints,
        # n depthwise convolutions with n - 1 others between them.
        (len(head.head_module.keypoint_features[0]) + 1) // 2,
        head.head_module.layout,
    )


def tabulate(result: Transfer) -> Table:
    """Return a table of the parts of the target: tensors, rows and numbers of the source."""
    table = Table(title=f'from {result.architecture.name}', title_justify='left')
    table.add_column('part', no_wrap=True)
    for heading in ('tensors taken', 'rows taken', 'tensors fresh', 'numbers taken'):
        table.add_column(heading, justify='right')
    parts: dict[str, list[str]] = {}
    for name in result.rows:
        part = '.'.join(name.replace(HEAD, 'head').split('.')[:2])  # as in 'backbone.stage4'
        parts.setdefault(part, []).append(name)

    def share(names) -> float:
        sizes = {name: result.state_dict[name][0].numel() for name in names}
        taken = sum(result.rows[name] * size for name, size in sizes.items())
        return 100 * taken / sum(result.state_dict[name].numel() for name in names)

    for part in sorted(parts):
        rows = [(result.rows[name], len(result.state_dict[name])) for name in parts[part]]
        partly = dict.fromkeys(f'{taken} of {all_}' for taken, all_ in rows if 0 < taken < all_)
        table.add_row(
            part,
            str(sum(taken == all_ for taken, all_ in rows) or '-'),
            ', '.join(partly) or '-',
            str(sum(taken == 0 for taken, _ in rows) or '-'),
            f'{share(parts[part]):.0f} %',
        )
    total = sum(result.state_dict[name].numel() for name in result.rows)
    table.caption = (
        f'{share(result.rows):.1f} % of {total:,} numbers taken; {len(result.unused)} tensors of '
        'the source have no place here'
    )
    return table
