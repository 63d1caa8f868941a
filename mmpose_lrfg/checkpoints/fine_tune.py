"""Start a training from weights of the same network with other keypoints or classes."""

from typing import NamedTuple

from torch import Tensor, nn

from .loading import (
    another_network,
    check_finite,
    compare,
    listing,
    read_checkpoint,
    state_dict_of,
)

PREFIX = 'head.head_module.'


class Schema(NamedTuple):
    """Keypoints and classes of weights; ``names`` is empty where they are unknown."""

    num_keypoints: int
    num_classes: int
    names: tuple[str, ...] = ()

    @property
    def outputs(self) -> dict[str, int]:
        """Outputs of an anchor by branch of the head."""
        return dict(boxes=5 + self.num_classes, keypoints=3 * self.num_keypoints)


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
    fresh = accept_other_outputs(checkpoint, state, model)
    found = compare(state, model)
    if found and not found.fitting:
        raise another_network(path, found)
    if found:
        return f'{path} is loaded in part: {found}'
    return fresh and f'{path}: {fresh}'


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
    if named:
        known = {name: index for index, name in enumerate(source.names)}
        keypoints = {i: known[name] for i, name in enumerate(target.names) if name in known}
    else:
        same = source.num_keypoints == target.num_keypoints
        keypoints = {i: i for i in range(target.num_keypoints)} if same else {}
    classes = target.num_classes if target.num_classes in (1, source.num_classes) else 0
    # Outputs of an anchor in the model, and the same ones in the checkpoint.
    outputs = dict(
        boxes=[[*range(5 + classes)]] * 2,
        keypoints=[
            [3 * i + c for i in indices for c in range(3)]
            for indices in (keypoints.keys(), keypoints.values())
        ],
    )
    module, anchors = head.head_module, head.anchors.num_anchors

    def rearrange(state_dict: dict, prefix: str, *_) -> None:
        # The initial values are those of the moment at which the weights are loaded.
        for name, own in module.state_dict().items():
            branch = name.partition('.')[0].removesuffix('_multiply')
            if branch in outputs and prefix + name in state_dict:
                here, there = outputs[branch]
                fitted = own.clone()
                rows, given = (
                    tensor.view(anchors, each.outputs[branch], -1)
                    for tensor, each in ((fitted, target), (state_dict[prefix + name], source))
                )
                rows[:, here] = given[:, there].to(rows)
                state_dict[prefix + name] = fitted

    rearrange(state, PREFIX)
    module._register_load_state_dict_pre_hook(rearrange)
    fresh = [name for i, name in enumerate(target.names) if i not in keypoints]
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
