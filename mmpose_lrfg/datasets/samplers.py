"""Order of the images of an epoch."""

from collections.abc import Iterator

from mmengine.dataset import DefaultSampler
from mmpose.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class RepeatedSampler(DefaultSampler):
    """``DefaultSampler`` whose epochs contain every image several times, each time in a new order.

    Avoids short epochs: at the start of an epoch the GPU waits for the first batches of the data
    loader processes.

    Args:
        passes (int): Number of times that an epoch contains each image.
        **kwargs: Those of ``DefaultSampler``.

    Raises:
        ValueError: If ``passes`` is not positive.
    """

    def __init__(self, *args, passes: int = 1, **kwargs):
        super().__init__(*args, **kwargs)
        if passes < 1:
            raise ValueError(f'passes must be positive, got {passes}')
        self.passes = passes

    def __iter__(self) -> Iterator[int]:
        """Yield the indices of one pass after the other."""
        epoch = self.epoch
        try:
            for number in range(self.passes):
                # The base class derives the order from its seed and the epoch.
                self.epoch = epoch * self.passes + number
                yield from super().__iter__()
        finally:
            self.epoch = epoch

    def __len__(self) -> int:
        """Return the number of indices of an epoch in this process."""
        return self.passes * super().__len__()
