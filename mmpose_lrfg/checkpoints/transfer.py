"""Start the training of another network from weights of YOLO-Pose or of a YOLOv5-P6 detector."""

from pathlib import Path

from torch import Tensor, nn

from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

from .convert import COUNTER
from .loading import listing
from .publish import build_meta_model, write_checkpoint
from .yolopose_architecture import find_architecture
from .yolopose_names import ANCHORS, translate
from .yolopose_source import read_source

#: The networks divide these among anchors, keypoints and classes in different ways.
OUTPUTS = ('head.head_module.boxes.', 'head.head_module.keypoints.')
#: Beginnings of names in YOLO-Pose, and in a network whose SPP is in the neck.
SPP_AT_NECK = {'backbone.stage5.1.': 'neck.spp.', 'backbone.stage5.2.': 'backbone.stage5.1.'}


def transfer(source: str | Path, destination: str | Path, config: str, size: str = 'auto') -> str:
    """Write the weights that another network shares with a source, for its ``load_from``.

    The outputs of the head are not among them.

    Args:
        source (str | Path): See :func:`read_source`.
        destination (str | Path): The ``.pth`` to write.
        config (str): Path or base name of a config with a ``YOLOPoseHead``.
        size (str): As for :func:`convert`.

    Returns:
        str: A line about the share of the weights, and the parts without any.

    Raises:
        UserError: If the source is no such network, or has another width than the config's.
            Nothing is written.
        OSError: If the destination cannot be written.
    """
    cfg, network = load_config(config), read_source(source)
    architecture = find_architecture(network, size)
    given, unknown = translate(network.tensors, network.rows_first)
    if unknown:
        raise UserError(f'{source}: no YOLO-Pose network has the tensors {listing(unknown)}')
    model = build_meta_model(cfg)
    if not hasattr(getattr(model, 'head', None), 'head_module'):
        raise UserError(f'{config} has no YOLOPoseHead to start from YOLO-Pose')
    state = shared(given, model)
    if not any(name.startswith('backbone.') for name in state):
        raise UserError(
            f'nothing of {source} ({architecture.name}) fits the backbone of {config}; '
            'are their sizes the same?'
        )
    write_checkpoint(
        destination, state, cfg, started_from=Path(source).name, network=architecture.name
    )
    own = model.state_dict()
    taken, total = (sum(each[name].numel() for name in each) for each in (state, own))
    fresh = sorted({_part(n) for n in own if n != ANCHORS} - {_part(n) for n in state})
    return (
        f'{taken / total:.1%} of the weights start from {architecture.name}, none of '
        f'{", ".join(fresh) or "no part"}'
    )


def shared(given: dict[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """Return the tensors, by names of this package, that a network has in the same shape."""
    own = model.state_dict()
    if not any(name.startswith('backbone.stage5.2.') for name in own):
        for theirs, ours in SPP_AT_NECK.items():
            given = {
                ours + n.removeprefix(theirs) if n.startswith(theirs) else n: t
                for n, t in given.items()
            }
    return {
        name: tensor
        for name, tensor in given.items()
        if name in own and tensor.shape == own[name].shape
        and name != ANCHORS and not name.startswith(OUTPUTS) and not name.endswith(COUNTER)
    }  # fmt: skip


def _part(name: str) -> str:
    """Return a part of a network such as 'backbone.stage4'."""
    return '.'.join(name.replace('head.head_module', 'head').split('.')[:2])
