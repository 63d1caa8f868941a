"""Complete IoU: Zheng et al., AAAI 2020; torchvision's implementation."""

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn
from torchvision.ops import box_convert, complete_box_iou_loss

MIN_SIDE = 1e-4  # of a predicted box, in cells


@MODELS.register_module()
class CIoULoss(nn.Module):
    """1 - CIoU of pairs of boxes.

    Args:
        loss_weight (float): Multiplies the result.
    """

    def __init__(self, loss_weight: float = 1.0):
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Compare boxes.

        Args:
            pred (Tensor): (P, 4) cx, cy, w, h in any unit.
            target (Tensor): (P, 4) in the same unit.

        Returns:
            tuple[Tensor, Tensor]: (P,) weighted losses; (P,) CIoU, at most 1, detached.
        """
        # A side of 0 after rounding would divide by zero in the aspect ratio.
        pred = torch.cat([pred[:, :2], pred[:, 2:].clamp(min=MIN_SIDE)], dim=1)
        loss = complete_box_iou_loss(
            box_convert(pred, 'cxcywh', 'xyxy'), box_convert(target, 'cxcywh', 'xyxy')
        )
        return self.loss_weight * loss, 1 - loss.detach()
