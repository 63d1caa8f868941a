"""Which anchors of which cells answer for an object: by the ratio of sizes, as in YOLOv5."""

from typing import NamedTuple

import torch
from mmpose.registry import TASK_UTILS
from torch import Tensor

from .transfer import send


class Assignment(NamedTuple):
    """The positives of one level, P of them; every field is (P,) and of type int64."""

    image: Tensor
    anchor: Tensor
    row: Tensor
    column: Tensor
    target: Tensor
    """Index of the object in the list that was assigned."""

    def to(self, device) -> 'Assignment':
        """The same on a device."""
        return Assignment(*send(torch.stack(self), device))


@TASK_UTILS.register_module()
class AnchorRatioAssigner:
    """Matches by shape, then by place; an object may match on several levels, or on none.

    An anchor matches an object when neither side is more than ``ratio_thr`` times the other's. It
    answers in the cell that holds the centre and in its two nearest neighbours (the one left or
    right of it, the one above or below), where they exist: so every object has up to three times
    as many positives.

    Args:
        ratio_thr (float): Largest ratio of the sides.
        offset (float): How far from a border of its cell, in cells, a centre still counts as near
            the neighbour; 0.5 gives always two neighbours.
    """

    def __init__(self, ratio_thr: float = 4.0, offset: float = 0.5):
        self.ratio_thr = ratio_thr
        self.offset = offset

    @torch.no_grad()
    def assign(
        self, images: Tensor, boxes: Tensor, anchors: Tensor, grid: tuple[int, int]
    ) -> Assignment:
        """Assign on one level.

        Args:
            images (Tensor): (T,) index of each object's image in the batch.
            boxes (Tensor): (T, 4) cx, cy, w, h in cells of this level.
            anchors (Tensor): (A, 2) width, height in cells of this level.
            grid (tuple[int, int]): Rows and columns of this level.

        Returns:
            Assignment: Ordered by neighbour (own, left, above, right, below), anchor and object.
        """
        rows, columns = grid
        ratio = boxes[None, :, 2:] / anchors[:, None]  # (A, T, 2)
        matches = torch.maximum(ratio, 1 / ratio).amax(dim=-1) < self.ratio_thr
        anchor, target = matches.nonzero(as_tuple=True)

        centre = boxes[target, :2]
        to_far_border = centre.new_tensor([columns, rows]) - centre
        near_low = (centre % 1 < self.offset) & (centre > 1)
        near_high = (to_far_border % 1 < self.offset) & (to_far_border > 1)
        own = torch.ones_like(anchor, dtype=torch.bool)
        takes = torch.stack([own, *near_low.unbind(1), *near_high.unbind(1)])
        steps = centre.new_tensor([[0, 0], [-1, 0], [0, -1], [1, 0], [0, 1]])
        neighbour, match = takes.nonzero(as_tuple=True)
        # The neighbour's cell is where the centre falls after a step of `offset` towards it.
        cell = (centre[match] + self.offset * steps[neighbour]).floor().long()

        anchor, target = anchor[match], target[match]
        return Assignment(
            image=images[target].long(),
            anchor=anchor,
            row=cell[:, 1].clamp(0, rows - 1),
            column=cell[:, 0].clamp(0, columns - 1),
            target=target,
        )
