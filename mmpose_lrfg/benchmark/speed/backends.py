"""A model that is ready to run: the base of PyTorch models and exported files."""

import resource
import time
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from mmengine.config import Config
from mmpose.apis import init_model
from torch import nn

from mmpose_lrfg.apis.predictor import check_device
from mmpose_lrfg.benchmark.complexity import Complexity, forward
from mmpose_lrfg.benchmark.evaluation import evaluate_entry, load_weights
from mmpose_lrfg.benchmark.timing import StageTimer, synchronizer, timed
from mmpose_lrfg.benchmark.zoo import Accuracy, Entry
from mmpose_lrfg.models.fuse import fuse
from mmpose_lrfg.utils.errors import UserError

from .calibration import PeopleImage
from .settings import Settings


class PoseRun(NamedTuple):
    """One run from an image to poses: seconds, poses found, and seconds by stage."""

    seconds: float
    found: int
    stages: dict[str, float]


class Backend:
    """A model, the network alone and from an image to poses.

    Subclasses load ``self.model``, and implement :meth:`calibrate` and :meth:`poses`.

    Attributes:
        shape, input_shape (tuple[int, int]): Height and width of the input of :meth:`network`, and
            of the image of :meth:`set_image`.
        timer (StageTimer): Stages of :meth:`poses`: ``input`` before the network, ``network``,
            ``post`` after it, and ``detector`` where there is one.
    """

    def __init__(self, entry: Entry, settings: Settings):
        check_device(settings.device)
        self.entry, self.settings = entry, settings
        self.shape = self.input_shape = entry.shape_for(settings.img_size)
        self.checkpoint = settings.checkpoints.get(entry.name)
        self.image: np.ndarray | None = None
        self.input = lru_cache(maxsize=4)(self.input)
        self.synchronize = synchronizer(settings.device)
        self.timer = StageTimer(self.synchronize)
        self.timer.wrap(self, 'poses', 'input')

    def load(self, cfg: Config) -> nn.Module:
        """Load an MMPose model, with the weights of the checkpoint or random ones."""
        # MMPose takes the names of keypoints from the training data.
        cfg.train_dataloader = cfg.get('train_dataloader') or cfg.get('test_dataloader')
        cfg.model.test_cfg.flip_test = False
        torch.manual_seed(0)
        model = init_model(cfg, None, device='cpu')
        if self.checkpoint:
            load_weights(model, self.checkpoint)
        return model.to(self.settings.device)

    def fuse(self, model: nn.Module) -> nn.Module:
        """Fold BatchNorm into convolutions."""
        try:
            return fuse(model)
        except RuntimeError as error:  # mmcv takes a convolution for the one before a BatchNorm
            raise UserError('mmcv cannot fold its BatchNorm; omit --fused') from error

    def input(self, batch: int):
        """Return what :meth:`network` takes: a reproducible batch of normalised images."""
        generator = torch.Generator().manual_seed(0)
        images = torch.randn(batch, 3, *self.shape, generator=generator)
        return images.to(self.settings.device)

    @torch.inference_mode()
    def network(self, images) -> None:
        """Run the network alone, without preparing the image or decoding."""
        forward(self.model, images)

    def calibrate(self, image: np.ndarray, boxes: np.ndarray) -> None:
        """Let the model find as many people as there are ``boxes`` (N, 4) in ``image``."""
        raise NotImplementedError

    def poses(self, image: np.ndarray) -> int:
        """Find the poses in an image (H, W, 3) uint8 BGR; return how many."""
        raise NotImplementedError

    def set_image(self, people: PeopleImage) -> tuple[int, int]:
        """Calibrate on an image; return height and width of the network's input."""
        self.image = people.image
        self.calibrate(people.image, people.boxes)
        self.poses(self.image)
        return self.input_shape

    def time_network(self, batch: int) -> float:
        """Return the seconds of one forward pass."""
        images = self.input(batch)
        return timed(lambda: self.network(images), self.synchronize)()

    def time_poses(self) -> PoseRun:
        """Time the way from the image to its poses."""
        self.timer.pop()
        start = time.perf_counter()
        found = self.poses(self.image)
        return PoseRun(time.perf_counter() - start, found, self.timer.pop())

    def memory(self) -> dict[str, float | None]:
        """Return the peak memory in MB of the process, and of PyTorch's allocations on a GPU."""
        cuda = self.settings.device.startswith('cuda')
        gpu = torch.cuda.max_memory_allocated(self.settings.device) / 2**20 if cuda else None
        process = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return dict(process=process, gpu=gpu)

    def complexity(self) -> Complexity:
        """Return parameters and multiply-adds."""
        return self.entry.measure(self.settings.img_size)

    def accuracy(self) -> Accuracy | None:
        """Evaluate the checkpoint, if there is one, on the data of the settings."""
        data = self.settings.data
        if not data or not self.checkpoint:
            return None
        return evaluate_entry(self.entry, self.checkpoint, data, self.settings.img_size)
