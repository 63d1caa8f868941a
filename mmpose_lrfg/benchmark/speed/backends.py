"""A model that is ready to run: the base of PyTorch models and exported files."""

import resource
import time
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from mmengine.config import Config
from mmpose.apis import init_model
from torch import nn

from mmpose_lrfg.apis.predictor import check_device
from mmpose_lrfg.benchmark.complexity import Complexity, forward
from mmpose_lrfg.benchmark.evaluation import Accuracy, evaluate_entry, load_weights
from mmpose_lrfg.benchmark.timing import StageTimer, synchronizer, timed
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.models.fuse import fuse

from .calibration import PeopleImage
from .settings import Settings


@dataclass(frozen=True)
class PoseRun:
    """One run from an image to poses: seconds, poses found, and seconds by stage."""

    seconds: float
    found: int
    stages: dict[str, float]


@dataclass(frozen=True)
class Memory:
    """Peak memory in MB of the process, and of PyTorch's allocations on a GPU."""

    process: float
    gpu: float | None


class Backend:
    """A model, the network alone and from an image to poses.

    Subclasses load ``self.model``, and implement :meth:`calibrate` and :meth:`poses`.

    Args:
        entry (Entry): The model.
        settings (Settings): Device, threads, weights and input size.

    Attributes:
        shape (tuple[int, int]): Height and width of the input of :meth:`network`.
        input_shape (tuple[int, int]): The same of the image of :meth:`set_image`.
        timer (StageTimer): Stages of :meth:`poses`: ``input`` before the network, ``network``,
            ``post`` after it, and ``detector`` where there is one.
        note (str): Remark for the table.
    """

    def __init__(self, entry: Entry, settings: Settings):
        check_device(settings.device)
        self.entry, self.settings = entry, settings
        self.shape = self.input_shape = entry.shape_for(settings.img_size)
        self.checkpoint = settings.checkpoints.get(entry.name)
        self.device = torch.device(settings.device)
        self.image: np.ndarray | None = None
        self.note = ''
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
        return model.to(self.device)

    def input(self, batch: int):
        """Return what :meth:`network` takes: a reproducible batch of normalised images."""
        generator = torch.Generator().manual_seed(0)
        return torch.randn(batch, 3, *self.shape, generator=generator).to(self.device)

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

    def fuse(self, model: nn.Module) -> nn.Module:
        """Fold BatchNorm into convolutions; leave networks for which that fails as they are."""
        try:
            return fuse(model)
        except RuntimeError:  # mmcv takes a convolution for the one before a BatchNorm
            self.note = 'not fused'
            return model

    def set_image(self, people: PeopleImage) -> tuple[tuple[int, int], str]:
        """Calibrate on an image; return height and width of the network's input, and a remark."""
        self.image = people.image
        self.calibrate(people.image, people.boxes)
        self.poses(self.image)
        return self.input_shape, self.note

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

    def memory(self) -> Memory:
        """Return the peak memory so far."""
        gpu = None
        if self.device.type == 'cuda':
            gpu = torch.cuda.max_memory_allocated(self.device) / 2**20
        return Memory(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, gpu)

    def complexity(self) -> Complexity:
        """Return parameters and multiply-adds."""
        return self.entry.measure(self.settings.img_size)

    def accuracy(self) -> Accuracy:
        """Evaluate the checkpoint on the data of the settings."""
        settings = self.settings
        return evaluate_entry(self.entry, self.checkpoint, settings.data, settings.img_size)
