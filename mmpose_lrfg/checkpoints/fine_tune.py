"""Start a training from weights of the same network with other keypoints or classes."""

from typing import NamedTuple

from torch import Tensor, nn

from .head_rows import HeadShape, same_rows
from .loading import (
    TRAINING_ONLY,
    another_network,
    check_finite,
    compare,
    listing,
    read_checkpoint,
    state_dict_of,
)

#: Tensors of a head with a row for each output, by level, and the dimension of the rows.
OUTPUTS = {
    'boxes.{}.weight': 0,
    'boxes.{}.bias': 0,
    'boxes_multiply.{}.vector': 1,
    'keypoints.{}.weight': 0,
    'keypoints.{}.bias': 0,
    'keypoints_multiply.{}.vector': 1,
}
PREFIX = 'head.head_module.'


class Schema(NamedTuple):
    """Keypoints and classes of weights; ``names`` is empty where they are unknown."""

    num_keypoints: int
    num_classes: int
    names: tuple[str, ...] = ()


def check_start(path: str, model: nn.Module) -> str:
    """Check that a training can start from a checkpoint, of which a part may fit.

    The model will load the outputs of the keypoints that it has in common with the checkpoint.

    Args:
        path (str): A checkpoint, as :func:`find_checkpoint` returns it.
        model (nn.Module): The model that will load it.

    Returns:
        str: What does not start from the checkpoint; empty if everything does.

    Raises:
        UserError: If nothing fits, or weights are not finite.
    """
    checkpoint = read_checkpoint(path)
    state = state_dict_of(checkpoint)
    check_finite(path, state)
    fresh = [accept_other_outputs(checkpoint, state, model), accept_no_training_parts(state, model)]
    found = compare(state, model)
    if found and not found.fitting:
        raise another_network(path, found)
    if found:
        return f'{path} is loaded in part: {found}'
    text = '; '.join(filter(None, fresh))
    return text and f'{path}: {text}'


def accept_no_training_parts(state: dict[str, Tensor], model: nn.Module) -> str:
    """Let a model load weights without its branches that only training uses.

    Published weights have none; mmengine would list their tensors as missing.

    Returns:
        str: What starts from random values, empty if everything is there.
    """
    own = {name: name.removeprefix('module.') for name in model.state_dict()}
    missing = {n for n, bare in own.items() if bare.startswith(TRAINING_ONLY) and bare not in state}

    def accept(module, incompatible) -> None:
        names = incompatible.missing_keys
        names[:] = [name for name in names if name not in missing]

    if missing:
        model.register_load_state_dict_post_hook(accept)
    parts = sorted({own[name].rpartition('.')[0] for name in missing})
    return f'{", ".join(parts)} starts from random values' if parts else ''


def accept_other_outputs(checkpoint: dict, state: dict[str, Tensor], model: nn.Module) -> str:
    """Let a model load weights of the same network with other keypoints or classes.

    Outputs of keypoints of the same name are taken over, and those of boxes and objectness; the
    others keep their initial values.

    Args:
        checkpoint (dict): The checkpoint, whose ``meta`` may name its keypoints.
        state (dict[str, Tensor]): Its tensors by present names; the outputs are rearranged.
        model (nn.Module): The model that will load it; nothing is done without a YOLOPoseHead.

    Returns:
        str: What starts from the weights, empty if all outputs are the same.
    """
    head = getattr(getattr(model, 'module', model), 'head', None)  # or inside a wrapper
    source = schema_of(checkpoint, state, head) if hasattr(head, 'keypoint_names') else None
    if source is None:
        return ''
    target = Schema(head.num_keypoints, head.num_classes, head.keypoint_names)
    named = bool(source.names and target.names)
    if source == target or (not named and source[:2] == target[:2]):
        return ''
    known = {name: index for index, name in enumerate(source.names)}
    keypoints = {i: known[name] for i, name in enumerate(target.names) if name in known}
    anchors = head.anchors.num_anchors
    shapes = [
        HeadShape(anchors, each.num_classes, each.num_keypoints, 0, 'per_anchor')
        for each in (source, target)
    ]
    rows = same_rows(*shapes, [True] * anchors, keypoints if named else None)
    own = {name: tensor.clone() for name, tensor in head.head_module.state_dict().items()}

    def rearrange(state_dict: dict, prefix: str, *_) -> None:
        # The initial values are those of the moment at which the weights are loaded.
        own.update(head.head_module.state_dict())
        for level in range(len(head.anchors.strides)):
            for pattern, dim in OUTPUTS.items():
                key = pattern.format(level)
                if prefix + key in state_dict and key in own:
                    given, fitted = state_dict[prefix + key], own[key].clone()
                    branch = key.partition('.')[0].removesuffix('_multiply')
                    for (kind, row), (_, origin) in rows.items():
                        if kind == branch:
                            fitted.select(dim, row).copy_(given.select(dim, origin))
                    state_dict[prefix + key] = fitted

    rearrange(state, PREFIX)
    head.head_module._register_load_state_dict_pre_hook(rearrange)
    fresh = [name for name in target.names if name not in known]
    text = f'{len(keypoints)} of {target.num_keypoints} keypoints start from the weights'
    return f'{text}, the others from random values {listing(fresh)}' if fresh else text


def schema_of(checkpoint: dict, state: dict[str, Tensor], head: nn.Module) -> Schema | None:
    """Return keypoints and classes of a checkpoint of a ``YOLOPoseHead``.

    Returns:
        Schema | None: None if its outputs are not those of such a head with as many anchors.
    """
    anchors = head.anchors.num_anchors
    boxes, points = (len(state.get(f'{PREFIX}{n}.0.bias', ())) for n in ('boxes', 'keypoints'))
    if head.head_module.layout != 'per_anchor' or not (boxes and points):
        return None
    if boxes % anchors or points % (3 * anchors):
        return None
    names = (checkpoint.get('meta') or {}).get('dataset_meta', {}).get('keypoint_id2name') or {}
    return Schema(points // anchors // 3, boxes // anchors - 5, tuple(names.values()))
