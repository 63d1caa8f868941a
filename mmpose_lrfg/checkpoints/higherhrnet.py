"""Convert published HigherHRNet checkpoints to MMPose 1.x.

The layers have the same names everywhere; their prefixes differ. MMPose 0.x has ``backbone.*`` and
``keypoint_head.*``. The authors' repository (HRNet/HigherHRNet-Human-Pose-Estimation) has no
prefix, or ``1.`` after training in half precision.
"""

from pathlib import Path

from torch import Tensor

from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

from .convert import Conversion, build_meta_model, fill
from .publish import write_checkpoint
from .yolopose_source import read_source

#: Channels of the finest map -> config.
CONFIGS = {
    32: 'higherhrnet_hrnet-w32_coco-512x512',
    48: 'higherhrnet_hrnet-w48_coco-640x640',
}


def rename(name: str) -> str:
    """Return a tensor's name in MMPose 1.x for its name in any published checkpoint."""
    name = name.removeprefix('module.').removeprefix('1.').removeprefix('keypoint_')
    if name.startswith(('backbone.', 'head.')):
        return name
    in_head = name.startswith(('final_layers.', 'deconv_layers.'))
    return f'{"head" if in_head else "backbone"}.{name}'


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
    state = fill(source, model, tensors)
    num_parameters = sum(p.numel() for p in model.parameters())
    write_checkpoint(destination, state, cfg, converted_from=Path(source).name)
    return Conversion(cfg, state, num_parameters, len(tensors))


def choose_config(source: str | Path, tensors: dict[str, Tensor]) -> str:
    """Return the config of the network that these renamed tensors belong to.

    Raises:
        UserError: If there is none.
    """
    outputs = [tensors.get(f'head.final_layers.{i}.weight') for i in (0, 1)]
    if any(weight is None or weight.ndim != 4 for weight in outputs):
        raise UserError(
            f'{source} holds no HigherHRNet: it lacks head.final_layers.0 and .1 '
            '(keypoint_head.final_layers or final_layers in published files)'
        )
    width, keypoints = outputs[0].shape[1], outputs[1].shape[0]
    if width not in CONFIGS or keypoints != 17:
        raise UserError(
            f'{source} is a HigherHRNet-W{width} of {keypoints} keypoints, for which there is no '
            'config here; name yours with --config'
        )
    return CONFIGS[width]
