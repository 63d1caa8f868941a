"""Multi-scale training: batches of changing size."""

import numpy as np
import torch
from mmengine.logging import MessageHub
from mmpose.models.data_preprocessors.batch_augmentation import BatchSyncRandomResize
from mmpose.registry import MODELS
from torch import Tensor

from mmpose_lrfg.utils.errors import UserError


@MODELS.register_module()
class RandomBatchResize(BatchSyncRandomResize):
    """``BatchSyncRandomResize`` whose sizes are a function of a seed and the iteration.

    MMPose's class draws sizes on the main process, broadcasts them, and loses the current one when
    training resumes. Here processes need no communication, and a resumed training has the sizes of
    the uninterrupted one.

    Args:
        random_size_range (tuple[int, int]): Limits of the shorter side in pixels.
        interval (int): Iterations between two changes of size.
        size_divisor (int): Sizes are multiples of it; the network's largest stride.
        seed (int): Seed of the sizes.

    Raises:
        UserError: If the range contains no multiple of ``size_divisor``.
    """

    def __init__(
        self,
        random_size_range: tuple[int, int],
        interval: int = 10,
        size_divisor: int = 64,
        seed: int = 0,
    ):
        super().__init__(random_size_range, interval, size_divisor)
        low, high = random_size_range
        self._steps = -(-low // size_divisor), high // size_divisor
        if not 0 < self._steps[0] <= self._steps[1]:
            raise UserError(
                f'RandomBatchResize: no multiple of {size_divisor} lies between {low} and {high}'
            )
        self._seed = seed

    def size_at(self, iteration: int, height: int, width: int) -> tuple[int, int]:
        """Return height and width in pixels of the batch of an iteration; their ratio is kept."""
        drawn = np.random.default_rng([self._seed, iteration // self._interval])
        short = int(drawn.integers(self._steps[0], self._steps[1], endpoint=True))
        least = min(height, width)
        return tuple(self._size_divisor * round(short * side / least) for side in (height, width))

    def forward(self, inputs: Tensor, data_samples: list) -> tuple[Tensor, list]:
        """Resize a batch (N, 3, H, W) and its annotations."""
        iteration = MessageHub.get_current_instance().get_info('iter', 0)
        self._input_size = self.size_at(int(iteration), *inputs.shape[-2:])
        return super().forward(inputs, data_samples)

    def _get_random_size(self, aspect_ratio: float, device: torch.device) -> tuple[int, int]:
        """Replace the random number and the broadcast of the base class."""
        return self._input_size
