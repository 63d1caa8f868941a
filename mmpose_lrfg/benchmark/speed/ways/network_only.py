"""Networks without their decoding."""

import torch

from mmpose_lrfg.benchmark.entry import Entry
from mmpose_lrfg.benchmark.speed.candidates import noise, settle
from mmpose_lrfg.models.fuse import fuse
from mmpose_lrfg.utils.errors import UserError

from .base import Options, Way


class NetworkOnly(Way):
    """A module that takes images."""

    def __init__(self, entry: Entry, options: Options):
        super().__init__(options.shape or entry.shape, options.device)
        if options.checkpoint:
            raise UserError(f'{entry.name} cannot load a checkpoint: it is a network only')
        self.no_poses = entry.no_poses
        torch.manual_seed(0)
        self.model = entry.build().eval().to(self.device)
        settle(self.model, lambda: self.model(noise(2, self.shape, self.device)))
        if options.fused:
            self.model = fuse(self.model)

    @torch.inference_mode()
    def network(self, images) -> None:
        self.model(images)
