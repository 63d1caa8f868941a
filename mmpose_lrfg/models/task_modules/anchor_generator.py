"""Anchor boxes of every level and the grid of cells."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

#: Strides of P3 to P6 in pixels.
COCO_STRIDES = (8, 16, 32, 64)

#: (width, height) in pixels of three anchors per level, fitted to COCO's people by YOLO-Pose.
COCO_ANCHORS = (
    ((19, 27), (44, 40), (38, 94)),
    ((96, 68), (86, 152), (180, 137)),
    ((140, 301), (303, 264), (238, 542)),
    ((436, 615), (739, 380), (925, 792)),
)


class AnchorGenerator(nn.Module):
    """Anchor sizes as a buffer, so that checkpoints contain them.

    Args:
        anchors (Sequence): Per level, finest first, (width, height) of A anchors in pixels.
        strides (Sequence[int]): Strides of the levels in pixels.

    Raises:
        ValueError: If the numbers of levels or of anchors per level differ.
    """

    sizes: Tensor  # (L, A, 2), pixels

    def __init__(self, anchors: Sequence = COCO_ANCHORS, strides: Sequence[int] = COCO_STRIDES):
        super().__init__()
        if len(anchors) != len(strides) or len({len(level) for level in anchors}) != 1:
            raise ValueError(
                f'anchors must hold the same number of (width, height) pairs for each of the '
                f'{len(strides)} strides {tuple(strides)}'
            )
        self.strides = tuple(int(s) for s in strides)
        self.register_buffer('sizes', torch.tensor(anchors, dtype=torch.float32))
        self._cpu_copy: tuple[Tensor, int, Tensor] | None = None

    @property
    def num_anchors(self) -> int:
        """Anchors A of a cell."""
        return self.sizes.shape[1]

    def in_cells(self, level: int, device=None) -> Tensor:
        """Return the (A, 2) sizes of a level in cells, on a device (default: that of ``sizes``)."""
        sizes = self.sizes
        if device is not None and torch.device(device) != sizes.device:
            sizes = self.on_cpu().to(device)
        return sizes[level] / self.strides[level]

    def on_cpu(self) -> Tensor:
        """Return ``sizes`` in the CPU's memory, copied only when they have changed.

        Reading a value from the GPU forces a synchronisation.
        """
        source, version, copy = self._cpu_copy or (None, 0, None)
        if source is not self.sizes or version != self.sizes._version:
            copy = self.sizes.cpu()
            self._cpu_copy = self.sizes, self.sizes._version, copy
        return copy

    @staticmethod
    def cells(height: int, width: int, device=None) -> Tensor:
        """Return the column and row of every cell, (H, W, 2) float32."""
        rows, columns = torch.meshgrid(
            torch.arange(height, device=device, dtype=torch.float32),
            torch.arange(width, device=device, dtype=torch.float32),
            indexing='ij',
        )
        return torch.stack([columns, rows], dim=-1)
