"""Torchvision's Mask R-CNN for keypoints, which takes images and returns poses by itself."""

import numpy as np
import torch

from mmpose_lrfg.benchmark.entry import Entry
from mmpose_lrfg.benchmark.speed.candidates import settle
from mmpose_lrfg.benchmark.speed.scenes import Picture, typical_picture
from mmpose_lrfg.benchmark.speed.weights import load_weights
from mmpose_lrfg.models.fuse import fuse

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
            load_weights(self.model, options.checkpoint)
        self.model.to(self.device)
        if not options.checkpoint:
            images = self.prepare(typical_picture().image)
            settle(self.model, lambda: self.model.backbone(torch.cat([images, images.flip(-1)])))
        if options.fused:
            self.model = fuse(self.model)
        self.clock.wrap(self.model.transform, 'forward', 'input')
        self.clock.wrap(self.model.backbone, 'forward', 'network')
        self.clock.wrap(self.model.rpn, 'forward', 'network')
        self.clock.wrap(self.model.roi_heads, 'forward', 'network')
        self.clock.wrap(self.model.transform, 'postprocess', 'post')

    def prepare(self, image: np.ndarray) -> torch.Tensor:
        """(1, 3, H, W) as the backbone takes it."""
        return self.model.transform([to_tensor(image, self.device)])[0].tensors

    @torch.inference_mode()
    def network(self, images) -> None:
        self.model(list(images))

    @torch.inference_mode()
    def show(self, picture: Picture) -> None:
        heads, people = self.model.roi_heads, len(picture.boxes)
        self.input_shape = tuple(self.prepare(picture.image).shape[2:])
        self.clock.take()
        heads.detections_per_img = max(people, 1)
        heads.score_thresh = 0.0 if people else 1.1

    @torch.inference_mode()
    def poses(self, image: np.ndarray) -> int:
        found = self.model([to_tensor(image, self.device)])[0]
        return len(found['keypoints'].cpu())


def to_tensor(image: np.ndarray, device: torch.device) -> torch.Tensor:
    """(H, W, 3) uint8 BGR -> (3, H, W) RGB in 0..1, as torchvision's models take it."""
    tensor = torch.from_numpy(image[..., ::-1].copy()).to(device)
    return tensor.permute(2, 0, 1).float() / 255
