"""Which images an epoch shows, and in which order."""

from collections.abc import Iterator

from mmengine.dataset import DefaultSampler
from mmpose.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class RepeatedSampler(DefaultSampler):
    """``DefaultSampler`` whose epochs show every image several times, in new orders.

    At the beginning of an epoch all data loader processes make their first batch while the GPU
    waits. With few images and a fast GPU that is a good part of an epoch.

    Args:
        passes (int): How often an epoch shows each image.
        **kwargs: Those of ``DefaultSampler``.

    Raises:
        ValueError: If ``passes`` is not positive.
    """

    def __init__(self, *args, passes: int = 1, **kwargs):
        super().__init__(*args, **kwargs)
        if passes < 1:
            raise ValueError(f'passes must be positive, not {passes}')
        self.passes = passes

    def __iter__(self) -> Iterator[int]:
        """Indices of one pass after the other."""
        epoch = self.epoch
        try:
            for number in range(self.passes):
                # The base class draws an order from its seed and the number of the epoch.
                self.epoch = epoch * self.passes + number
                yield from super().__iter__()
        finally:
            self.epoch = epoch

    def __len__(self) -> int:
        """Indices of an epoch, in this process."""
        return self.passes * super().__len__()
