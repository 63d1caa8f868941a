"""Binary cross-entropy with a weight of the positive side, for objectness, class, visibility."""

import torch.nn.functional as F
from mmpose.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class BCEWithLogitsLoss(nn.Module):
    """PyTorch's loss with a ``loss_weight``; MMPose's ``BCELoss`` has no ``pos_weight``.

    Args:
        loss_weight (float): Multiplies the result.
        pos_weight (float): Weight of positive targets (``obj_pw`` and ``cls_pw`` of YOLO-Pose).
    """

    def __init__(self, loss_weight: float = 1.0, pos_weight: float = 1.0):
        super().__init__()
        self.loss_weight = loss_weight
        self.pos_weight = pos_weight

    def forward(
        self, pred: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = 'sum'
    ) -> Tensor:
        """Compare logits and targets in 0..1 of the same shape.

        Args:
            pred (Tensor): Logits.
            target (Tensor): Of the same shape.
            weight (Tensor, optional): Weight of each element, broadcast.
            reduction (str): ``'sum'`` or ``'mean'``.

        Returns:
            Tensor: The weighted loss, a scalar.
        """
        loss = F.binary_cross_entropy_with_logits(
            pred, target, weight, reduction=reduction, pos_weight=pred.new_full((), self.pos_weight)
        )
        return self.loss_weight * loss
