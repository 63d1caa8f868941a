"""Backends: how each kind of model is run, the network alone and from an image to poses."""

import numpy as np
import torch

from mmpose_lrfg.benchmark.complexity import forward
from mmpose_lrfg.benchmark.evaluation import load_weights
from mmpose_lrfg.benchmark.timing import StageTimer, synchronizer
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.models.fuse import fuse
from mmpose_lrfg.utils.errors import UserError

from .calibration import calibrate_batch_norm, people_image, random_input
from .settings import Settings


class Backend:
    """A model that is ready to run.

    Args:
        entry (Entry): The model.
        settings (Settings): Device, threads, weights and input size.

    Attributes:
        shape (tuple[int, int]): Height and width of the input of :meth:`network`.
        input_shape (tuple[int, int]): The same of the image of :meth:`set_image`.
        timer (StageTimer): Stages of :meth:`poses`: ``input``, ``network``, ``post``, and
            ``detector`` where there is one.
    """

    def __init__(self, entry: Entry, settings: Settings):
        self.entry, self.settings = entry, settings
        self.shape = self.input_shape = entry.shape_for(settings.shape)
        self.checkpoint = settings.checkpoints.get(entry.name)
        self.device = torch.device(settings.device)
        self.synchronize = synchronizer(settings.device)
        self.timer = StageTimer(self.synchronize)

    def input(self, batch: int):
        """Return what :meth:`network` takes: a batch of normalised images on the device."""
        return random_input(batch, self.shape, self.device)

    @torch.inference_mode()
    def network(self, images) -> None:
        """Run the network alone, without preparing the image or decoding."""
        forward(self.model, images)

    def set_image(self, image: np.ndarray, boxes: np.ndarray) -> None:
        """Calibrate the model to find as many people as there are ``boxes`` (N, 4) in ``image``."""
        raise UserError(self.entry.no_poses)

    def poses(self, image: np.ndarray) -> int:
        """Find the poses in the pixels of an image (H, W, 3) uint8 BGR; return how many."""
        raise UserError(self.entry.no_poses)


class NetworkOnly(Backend):
    """A network without decoding."""

    def __init__(self, entry: Entry, settings: Settings):
        super().__init__(entry, settings)
        if self.checkpoint:
            raise UserError(f'{entry.name} cannot load a checkpoint: it is a network only')
        torch.manual_seed(0)
        self.model = entry.build().eval().to(self.device)
        calibrate_batch_norm(self.model, lambda: self.network(self.input(2)))
        if settings.fused:
            self.model = fuse(self.model)


class KeypointRCNN(Backend):
    """Torchvision's Mask R-CNN for keypoints.

    Its network alone includes all of it, because regions exist only inside.
    """

    def __init__(self, entry: Entry, settings: Settings):
        super().__init__(entry, settings)
        torch.manual_seed(0)
        self.model = entry.build().eval()
        shortest, longest = sorted(self.shape)
        self.model.transform.min_size, self.model.transform.max_size = (shortest,), longest
        if self.checkpoint:
            load_weights(self.model, self.checkpoint)
        self.model.to(self.device)
        if not self.checkpoint:
            images = mirrored(self._prepare(people_image(2, (240, 320)).image))
            calibrate_batch_norm(self.model, lambda: self.model.backbone(images))
        if settings.fused:
            self.model = fuse(self.model)
        self.timer.wrap(self.model.transform, 'forward', 'input')
        for part in (self.model.backbone, self.model.rpn, self.model.roi_heads):
            self.timer.wrap(part, 'forward', 'network')
        self.timer.wrap(self.model.transform, 'postprocess', 'post')

    def _prepare(self, image: np.ndarray) -> torch.Tensor:
        return self.model.transform([self._to_tensor(image)])[0].tensors

    def _to_tensor(self, image: np.ndarray) -> torch.Tensor:
        """(H, W, 3) uint8 BGR -> (3, H, W) RGB in 0..1, as torchvision's models take it."""
        tensor = torch.from_numpy(image[..., ::-1].copy()).to(self.device)
        return tensor.permute(2, 0, 1).float() / 255

    @torch.inference_mode()
    def network(self, images) -> None:
        self.model(list(images))

    @torch.inference_mode()
    def set_image(self, image: np.ndarray, boxes: np.ndarray) -> None:
        self.input_shape = tuple(self._prepare(image).shape[2:])
        self.model.roi_heads.detections_per_img = max(len(boxes), 1)
        self.model.roi_heads.score_thresh = 0.0 if len(boxes) else 1.1

    @torch.inference_mode()
    def poses(self, image: np.ndarray) -> int:
        found = self.model([self._to_tensor(image)])[0]
        return len(found['keypoints'].cpu())


def open_backend(entry: Entry, settings: Settings) -> Backend:
    """Load a model.

    Raises:
        UserError: If it cannot be run with these settings.
    """
    # Each imports what it needs: MMDetection takes seconds.
    if entry.format or settings.runtime != 'torch':
        from .exported import Exported as Chosen
    elif entry.detector:
        from .mmpose_models import TopDown as Chosen
    elif entry.config:
        from .mmpose_models import WholeImage as Chosen
    else:
        Chosen = NetworkOnly if entry.no_poses else KeypointRCNN
    return Chosen(entry, settings)


def mirrored(images: torch.Tensor) -> torch.Tensor:
    """Append the mirrored images to a batch."""
    return torch.cat([images, images.flip(-1)])
