"""Parameters and multiply-adds of a model of the comparison, by one definition for all."""

from dataclasses import dataclass

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.structures import PoseDataSample
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mmpose_lrfg.utils.errors import UserError

from . import complexity
from .entry import Entry

DETECTED = (640, 640)  # height and width of the detector's input
PROPOSALS = 1000  # that torchvision's Mask R-CNN classifies in every image


@dataclass(frozen=True)
class Cost:
    """Size and cost of one model.

    Args:
        params (int): Of the pose network; of the whole of Mask R-CNN.
        macs (int): Multiply-adds of its convolutions and matrix products for one input.
        shape (tuple[int, int]): Height and width of that input.
        detector_params, detector_macs (int | None): Of the detector, where there is one.
    """

    params: int
    macs: int
    shape: tuple[int, int]
    detector_params: int | None = None
    detector_macs: int | None = None


def config_of(entry: Entry, shape: tuple[int, int] | None = None) -> Config:
    """The config of an entry, for inputs of ``shape`` where it is given and not top-down."""
    cfg = complexity.read_config(entry.config)
    cfg.merge_from_dict(dict(entry.options))
    if shape and shape != entry.shape and entry.detector is None:
        resize(cfg, entry.shape, shape)
    return cfg


def resize(cfg: Config, before: tuple[int, int], after: tuple[int, int]) -> None:
    """Change every ``input_size`` (width, height) of ``before`` in a config, and its heatmaps.

    Args:
        cfg (Config): Changed.
        before, after (tuple[int, int]): Height and width in pixels.

    Raises:
        UserError: If the config has no such size.
    """
    found = 0
    for node in nodes(cfg._cfg_dict):
        size = node.get('input_size')
        if isinstance(size, (tuple, list)) and tuple(size) == before[::-1]:
            node['input_size'] = after[::-1]
            maps = node.get('heatmap_size')
            if isinstance(maps, (tuple, list)):
                node['heatmap_size'] = tuple(
                    m * new // old for m, new, old in zip(maps, after[::-1], before[::-1])
                )
            found += 1
    if not found:
        raise UserError('its config does not let one choose the size of the input')


def nodes(node):
    """All dicts of a config, from the inside out."""
    inner = node.values() if isinstance(node, dict) else node
    for value in list(inner):
        if isinstance(value, (dict, list, tuple)):
            yield from nodes(value)
    if isinstance(node, dict):
        yield node


def build_network(entry: Entry, shape: tuple[int, int] | None = None) -> nn.Module:
    """The network of an entry in evaluation mode, with random weights; nothing is downloaded."""
    if entry.build:
        return entry.build().eval()
    return complexity.build_model(config_of(entry, shape))


def build_detector(entry: Entry) -> nn.Module:
    """The detector of a top-down entry: a model of MMDetection, in evaluation mode."""
    from mmdet.registry import MODELS

    cfg = complexity.read_config(entry.detector)
    init_default_scope('mmdet')
    try:
        return MODELS.build(cfg.model).eval()
    finally:
        init_default_scope('mmpose')


def measure(entry: Entry, shape: tuple[int, int] | None = None) -> Cost:
    """Count on the ``meta`` device, where nothing is computed; ED-Pose, which looks at numbers on
    its way, on the CPU.

    Args:
        entry (Entry): Which model.
        shape (tuple[int, int], optional): Height and width of the input instead of the entry's.
            The pose network of a top-down model keeps its own.

    Raises:
        UserError: If it cannot be built, or its size cannot be chosen.
    """
    shape = entry.shape if shape is None or entry.detector else shape
    device = 'cpu' if entry.name.startswith('edpose') else 'meta'
    with complexity.quiet(), torch.device(device), torch.no_grad():
        model = build_network(entry, shape).to(device)
        macs = count_macs(entry, model, shape)
        params = complexity.count_parameters(model)
        if not entry.detector:
            return Cost(params, macs, shape)
        detector = build_detector(entry).to(device)
        found = count(lambda: detector(torch.zeros(1, 3, *DETECTED), mode='tensor'))
        return Cost(params, macs, shape, complexity.count_parameters(detector), found)


def count_macs(entry: Entry, model: nn.Module, shape: tuple[int, int]) -> int:
    """Multiply-adds of one input on the device that is the default."""
    image = torch.zeros(1, 3, *shape)
    if hasattr(model, 'roi_heads'):
        return count(lambda: run_rcnn(model, image))
    if entry.build:
        return count(lambda: model(image))
    if type(model.head).__name__ == 'EDPoseHead':
        return count(lambda: run_edpose(model, image))
    return complexity.measure(model, shape).macs


def count(run) -> int:
    """Multiply-adds of what ``run`` does."""
    operators = {complexity.DEFORM_CONV: complexity.deform_conv_flops}
    counter = FlopCounterMode(display=False, custom_mapping=operators)
    with counter:
        run()
    return counter.get_total_flops() // 2


def run_rcnn(model: nn.Module, image: Tensor, people: int = 1) -> None:
    """Mask R-CNN's layers on as many regions as it looks at in an image with ``people``."""
    features = model.backbone(image)
    model.rpn.head(list(features.values()))
    heads = model.roi_heads
    heads.box_predictor(heads.box_head(torch.zeros(PROPOSALS, 256, 7, 7)))
    heads.keypoint_predictor(heads.keypoint_head(torch.zeros(people, 256, 14, 14)))


def run_edpose(model: nn.Module, image: Tensor) -> None:
    """ED-Pose's layers, which want to know the size of the image."""
    height, width = image.shape[2:]
    sample = PoseDataSample(
        metainfo=dict(batch_input_shape=(height, width), img_shape=(height, width))
    )
    model.head.forward(model.extract_feat(image), [sample])
