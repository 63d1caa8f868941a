"""Faster training of the same model: channels-last memory format."""

import torch
from mmengine.hooks import Hook
from mmpose.registry import HOOKS


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Keep weights, and so all feature maps, as (N, H, W, C) in memory.

    The results differ only by rounding, and checkpoints fit models without the hook. Most
    convolutions are faster in this format with mixed precision on recent GPUs, and on CPUs with
    oneDNN.
    """

    # Before EMAHook copies the model.
    priority = 'VERY_HIGH'

    def before_run(self, runner):
        """Convert the weights."""
        runner.model.to(memory_format=torch.channels_last)
