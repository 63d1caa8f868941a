"""Assignment of objects to anchors by the ratio of their sides, as in YOLOv5."""

from typing import NamedTuple

import torch
from mmpose.registry import TASK_UTILS
from torch import Tensor

from .targets import send


class Assignment(NamedTuple):
    """The P positive samples of a level; every field is (P,) int64."""

    image: Tensor
    anchor: Tensor
    row: Tensor
    column: Tensor
    target: Tensor
    """Index of the assigned object."""

    def to(self, device) -> 'Assignment':
        """Copy to a device."""
        return Assignment(*send(torch.stack(self), device))


@TASK_UTILS.register_module()
class AnchorRatioAssigner:
    """Match anchors by shape, cells by place.

    An anchor matches an object if neither side is ``ratio_thr`` times the other's or more. It is a
    positive sample in the cell of the object's centre and in the two nearest neighbours (left or
    right, above or below), where they exist. An object may match on several levels or on none.

    Args:
        ratio_thr (float): Upper limit of the ratio of the sides.
    """

    def __init__(self, ratio_thr: float = 4.0):
        self.ratio_thr = ratio_thr

    @torch.no_grad()
    def assign(
        self, images: Tensor, boxes: Tensor, anchors: Tensor, grid: tuple[int, int]
    ) -> Assignment:
        """Assign the objects on one level.

        Args:
            images (Tensor): (T,) index of each object's image in the batch.
            boxes (Tensor): (T, 4) cx, cy, w, h in cells of this level.
            anchors (Tensor): (A, 2) width, height in cells of this level.
            grid (tuple[int, int]): Rows and columns of this level.

        Returns:
            Assignment: Ordered by cell (own, left, above, right, below), anchor and object.
        """
        rows, columns = grid
        ratio = boxes[None, :, 2:] / anchors[:, None]  # (A, T, 2)
        matches = torch.maximum(ratio, 1 / ratio).amax(dim=-1) < self.ratio_thr
        anchor, target = matches.nonzero(as_tuple=True)

        centre = boxes[target, :2]
        to_far_border = centre.new_tensor([columns, rows]) - centre
        near_low = (centre % 1 < 0.5) & (centre > 1)
        near_high = (to_far_border % 1 < 0.5) & (to_far_border > 1)
        own = torch.ones_like(anchor, dtype=torch.bool)
        positive = torch.stack([own, *near_low.unbind(1), *near_high.unbind(1)])
        steps = centre.new_tensor([[0, 0], [-1, 0], [0, -1], [1, 0], [0, 1]])
        neighbour, match = positive.nonzero(as_tuple=True)
        # Half a cell towards the neighbour moves the centre into its cell.
        cell = (centre[match] + 0.5 * steps[neighbour]).floor().long()

        anchor, target = anchor[match], target[match]
        return Assignment(
            image=images[target].long(),
            anchor=anchor,
            row=cell[:, 1].clamp(0, rows - 1),
            column=cell[:, 0].clamp(0, columns - 1),
            target=target,
        )
