"""Published HigherHRNet checkpoints: what their tensors are called here.

The layers have the same names everywhere; what differs is where they hang. MMPose 0.x has
``backbone.*`` and ``keypoint_head.*``. In the authors' repository (HRNet/HigherHRNet-Human-Pose-
Estimation) all of them hang at the root, behind ``1.`` after training in half precision.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.config import Config
from torch import Tensor, nn

from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

from .convert import COUNTER, listing, skeleton
from .writing import check_destination, write_checkpoint
from .yolopose_source import read_source

#: Channels of the finest map -> config.
CONFIGS = {
    32: 'higherhrnet_hrnet-w32_coco-512x512',
    48: 'higherhrnet_hrnet-w48_coco-640x640',
}
_HEAD_PARTS = ('final_layers.', 'deconv_layers.')


@dataclass
class Conversion:
    """What was converted."""

    cfg: Config
    state_dict: dict[str, Tensor]
    parameters: int
    sources: int
    """Tensors of the source; all of them were used."""


def rename(name: str) -> str:
    """A tensor's name in MMPose 1.x, for its name in any published checkpoint."""
    name = name.removeprefix('module.').removeprefix('1.')
    if name.startswith('keypoint_head.'):
        return name.removeprefix('keypoint_')
    if name.startswith(('backbone.', 'head.')):
        return name
    return f'head.{name}' if name.startswith(_HEAD_PARTS) else f'backbone.{name}'


def convert(source: str | Path, destination: str | Path, config: str | None = None) -> Conversion:
    """Convert a checkpoint.

    Args:
        source (str | Path): A checkpoint of MMPose 0.x or of the authors' repository; nothing in
            it is run.
        destination (str | Path): The ``.pth`` to write.
        config (str, optional): Path or base name of the network's config. By default the one of
            the source's width.

    Raises:
        UserError: If the source is no HigherHRNet or not the config's, or the destination cannot
            be written. Nothing is written then.
    """
    destination = check_destination(destination, Path(source))
    tensors = {rename(name): tensor for name, tensor in read_source(source).tensors.items()}
    cfg = load_config(config or choose_config(source, tensors))
    model = skeleton(cfg)
    result = Conversion(
        cfg,
        match(source, tensors, model),
        parameters=sum(p.numel() for p in model.parameters()),
        sources=len(tensors),
    )
    write_checkpoint(destination, result.state_dict, cfg, converted_from=Path(source).name)
    return result


def choose_config(source: str | Path, tensors: dict[str, Tensor]) -> str:
    """The config of the network that these tensors, renamed, are of.

    Raises:
        UserError: If there is none.
    """
    shapes = [tensors.get(f'head.final_layers.{i}.weight', torch.empty(0)).shape for i in (0, 1)]
    if not all(len(shape) == 4 for shape in shapes):
        raise UserError(
            f'{source} holds no HigherHRNet: head.final_layers.0 and .1, or keypoint_head.final_'
            'layers, or final_layers are not there'
        )
    width, keypoints = shapes[0][1], shapes[1][0]
    if width not in CONFIGS or keypoints != 17:
        raise UserError(
            f'{source} is a HigherHRNet-W{width} of {keypoints} keypoints, for which there is no '
            'config here; name yours with --config'
        )
    return CONFIGS[width]


def match(source: str | Path, tensors: dict[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """The tensors as the state dict of ``model``; counters of batches may be missing.

    Raises:
        UserError: If a tensor of either side has no counterpart, or one of another shape.
    """
    wanted = model.state_dict()
    missing = [name for name in wanted if name not in tensors and not name.endswith(COUNTER)]
    unused = [name for name in tensors if name not in wanted]
    odd = [
        f'{name} {tuple(tensors[name].shape)} instead of {tuple(own.shape)}'
        for name, own in wanted.items()
        if name in tensors and tensors[name].shape != own.shape
    ]
    if missing or unused or odd:
        raise UserError(
            f'{source} does not fit: {listing(unused)} of its tensors are not used; '
            f'{listing(missing)} of the network are not filled; {listing(odd)} differ in shape'
        )
    zero = torch.zeros((), dtype=torch.int64)
    return {name: tensors.get(name, zero).clone().contiguous() for name in wanted}
