"""A tiny HigherHRNet, and outputs that mean given people."""

import numpy as np
import torch

from mmpose_lrfg.models.task_modules import MultiScaleAssociativeEmbedding
from mmpose_lrfg.utils.config_files import load_config

CONFIG = 'higherhrnet_hrnet-w32_coco-512x512'
CHANNELS = (4, 8, 16, 32)


def tiny_config(side=64):
    """The real config with few channels and blocks, at ``side`` pixels."""
    cfg = load_config(CONFIG)
    backbone, head = cfg.model.backbone, cfg.model.head
    backbone.init_cfg = None
    for number in (1, 2, 3, 4):
        stage = backbone.extra[f'stage{number}']
        stage.update(num_modules=1, num_blocks=(1,) * number)
        if number > 1:
            stage.num_channels = CHANNELS[:number]
    head.update(in_channels=CHANNELS[0], deconv_channels=(6,), num_blocks=1)
    head.decoder.input_size = (side, side)
    for split in ('train', 'val', 'test'):
        for step in cfg[f'{split}_dataloader'].dataset.pipeline:
            for part in (step, step.get('encoder', {})):
                if 'input_size' in part:
                    part.input_size = (side, side)
    return cfg


def perfect_outputs(keypoints, size, visible=None):
    """Heatmaps and tags (numbers 0, 10, 20, ...) of people at ``keypoints`` (N, K, 2).

    Args:
        size: Width and height of the input.

    Returns:
        list of (1, K, H_i, W_i), and (1, K, H, W): everywhere the tag of the nearest person.
    """
    keypoints = np.asarray(keypoints, np.float32)
    encoded = MultiScaleAssociativeEmbedding(tuple(size)).encode(keypoints, visible)
    heatmaps = [torch.from_numpy(h)[None] for h in encoded['heatmaps']]
    y, x = np.mgrid[: size[1] // 4, : size[0] // 4] * 4 + 2
    shape = (*keypoints.shape[:2], 1, 1)
    far = (x - keypoints[..., 0].reshape(shape)) ** 2 + (y - keypoints[..., 1].reshape(shape)) ** 2
    if visible is not None:
        far = np.where(np.asarray(visible).reshape(shape) > 0, far, far.max() + far)
    return heatmaps, torch.from_numpy(far.argmin(axis=0) * 10.0)[None].float()


def mirrored(outputs, flip_indices):
    """The outputs for the mirror image."""
    heatmaps, tags = outputs
    return [h.flip(-1)[:, flip_indices] for h in heatmaps], tags.flip(-1)[:, flip_indices]
