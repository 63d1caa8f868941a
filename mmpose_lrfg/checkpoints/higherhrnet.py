"""Convert published HigherHRNet checkpoints to MMPose 1.x.

The layers have the same names everywhere; their prefixes differ. MMPose 0.x has ``backbone.*`` and
``keypoint_head.*``. The authors' repository (HRNet/HigherHRNet-Human-Pose-Estimation) has no
prefix, or ``1.`` after training in half precision.
"""

from pathlib import Path

import torch
from torch import Tensor

from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

from .convert import Conversion, build_meta_model, fill
from .writing import write_checkpoint
from .yolopose_source import read_source

#: Channels of the finest map -> config.
CONFIGS = {
    32: 'higherhrnet_hrnet-w32_coco-512x512',
    48: 'higherhrnet_hrnet-w48_coco-640x640',
}
_HEAD_PARTS = ('final_layers.', 'deconv_layers.')


def rename(name: str) -> str:
    """Return a tensor's name in MMPose 1.x for its name in any published checkpoint."""
    name = name.removeprefix('module.').removeprefix('1.')
    if name.startswith('keypoint_head.'):
        return name.removeprefix('keypoint_')
    if name.startswith(('backbone.', 'head.')):
        return name
    return f'head.{name}' if name.startswith(_HEAD_PARTS) else f'backbone.{name}'


def convert(source: str | Path, destination: str | Path, config: str | None = None) -> Conversion:
    """Convert a checkpoint.

    Args:
        source (str | Path): A checkpoint of MMPose 0.x or of the authors' repository; no code in
            it is run.
        destination (str | Path): The ``.pth`` to write.
        config (str, optional): Path or base name of the network's config. By default the one of
            the source's width.

    Raises:
        UserError: If the source is no HigherHRNet, or not that of the config. Nothing is written.
        OSError: If the destination cannot be written.
    """
    tensors = {rename(name): tensor for name, tensor in read_source(source).tensors.items()}
    cfg = load_config(config or choose_config(source, tensors))
    model = build_meta_model(cfg)
    result = Conversion(
        cfg,
        fill(source, model, tensors),
        num_parameters=sum(p.numel() for p in model.parameters()),
        num_source_tensors=len(tensors),
    )
    write_checkpoint(destination, result.state_dict, cfg, converted_from=Path(source).name)
    return result


def choose_config(source: str | Path, tensors: dict[str, Tensor]) -> str:
    """Return the config of the network that these renamed tensors belong to.

    Raises:
        UserError: If there is none.
    """
    shapes = [tensors.get(f'head.final_layers.{i}.weight', torch.empty(0)).shape for i in (0, 1)]
    if not all(len(shape) == 4 for shape in shapes):
        raise UserError(
            f'{source} holds no HigherHRNet: it lacks head.final_layers.0 and .1 '
            '(keypoint_head.final_layers or final_layers in published files)'
        )
    width, keypoints = shapes[0][1], shapes[1][0]
    if width not in CONFIGS or keypoints != 17:
        raise UserError(
            f'{source} is a HigherHRNet-W{width} of {keypoints} keypoints, for which there is no '
            'config here; name yours with --config'
        )
    return CONFIGS[width]
