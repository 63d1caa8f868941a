"""Torchvision's Mask R-CNN for keypoints, which takes images and returns poses by itself."""

import numpy as np
import torch

from mmpose_lrfg.comparison.entry import Entry
from mmpose_lrfg.comparison.speed.candidates import noise, settle
from mmpose_lrfg.comparison.speed.scenes import Picture
from mmpose_lrfg.engine.checkpoints import find_checkpoint, read_checkpoint, state_dict_of

from .base import Options, Way


class KeypointRCNN(Way):
    """The network alone is everything on a prepared image, for regions exist only inside."""

    def __init__(self, entry: Entry, options: Options):
        super().__init__(options.shape or entry.shape, options.device)
        torch.manual_seed(0)
        self.model = entry.build().eval()
        shortest, longest = sorted(self.shape)
        self.model.transform.min_size, self.model.transform.max_size = (shortest,), longest
        if options.checkpoint:
            state = state_dict_of(read_checkpoint(find_checkpoint(options.checkpoint)))
            self.model.load_state_dict(state)
        self.model.to(self.device)
        self.random = not options.checkpoint
        if self.random:
            settle(self.model, lambda: self.model.backbone(noise(2, self.shape, self.device)))
        self.clock.wrap(self.model.transform, 'forward', 'input')
        self.clock.wrap(self.model.backbone, 'forward', 'network')
        self.clock.wrap(self.model.rpn, 'forward', 'network')
        self.clock.wrap(self.model.roi_heads, 'forward', 'network')
        self.clock.wrap(self.model.transform, 'postprocess', 'post')

    @torch.inference_mode()
    def network(self, images) -> None:
        self.model(list(images))

    @torch.inference_mode()
    def show(self, picture: Picture) -> None:
        heads, people = self.model.roi_heads, len(picture.boxes)
        images = self.model.transform([prepare(picture.image, self.device)])[0].tensors
        self.input_shape = tuple(images.shape[2:])
        if self.random:
            settle(self.model, lambda: self.model.backbone(torch.cat([images, images.flip(-1)])))
        self.clock.take()
        heads.detections_per_img = max(people, 1)
        heads.score_thresh = 0.0 if people else 1.1

    @torch.inference_mode()
    def poses(self, image: np.ndarray) -> int:
        found = self.model([prepare(image, self.device)])[0]
        return len(found['keypoints'].cpu())


def prepare(image: np.ndarray, device: torch.device) -> torch.Tensor:
    """(H, W, 3) uint8 BGR -> (3, H, W) RGB in 0..1, as torchvision's models take it."""
    tensor = torch.from_numpy(image[..., ::-1].copy()).to(device)
    return tensor.permute(2, 0, 1).float() / 255
