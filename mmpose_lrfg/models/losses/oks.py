"""Object keypoint similarity (OKS) as a loss: YOLO-Pose, eq. (3); OKS: LRFG-YoloPose, eq. (9)."""

from collections.abc import Sequence

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

#: Divisor of d^2 / (sigma^2 area) in the exponent.
OKS_SCALES = {'yolopose': 4.0, 'coco': 8.0}


def keypoint_similarity(
    pred: Tensor, target: Tensor, visible: Tensor, areas: Tensor, sigmas: Tensor
) -> Tensor:
    """Return the OKS of each object as in COCO's evaluation (paper, eq. (9)).

    Args:
        pred (Tensor): (P, K, 2) in any unit.
        target (Tensor): (P, K, 2) in the same unit.
        visible (Tensor): (P, K) bool; other keypoints are ignored.
        areas (Tensor): (P,) areas of the objects in that unit squared.
        sigmas (Tensor): (K,).

    Returns:
        Tensor: (P,) in 0..1; 0 for objects without a visible keypoint.
    """
    distance2 = (pred - target).pow(2).sum(dim=-1)
    similarity = gaussian(distance2, areas, sigmas, OKS_SCALES['coco'])
    return (similarity * visible).sum(dim=-1) / visible.sum(dim=-1).clamp(min=1)


def gaussian(distance2: Tensor, areas: Tensor, sigmas: Tensor, scale: float) -> Tensor:
    """exp(-d^2 / (scale sigma^2 area)) of squared distances (P, K), areas (P,) and sigmas (K,)."""
    return torch.exp(-distance2 / (scale * sigmas**2 * areas[:, None] + 1e-9))


@MODELS.register_module()
class KeypointOKSLoss(nn.Module):
    """1 - exp(-d^2 / (scale sigma^2 area)) of every visible keypoint.

    MMPose's ``OKSLoss`` means over objects; this one returns every keypoint's loss, for YOLO-Pose's
    mean over all keypoints of a level.

    Args:
        sigmas (Sequence[float]): OKS sigmas of the K keypoints.
        scale (str): ``'yolopose'`` divides by 4, the stricter loss of YOLO-Pose; ``'coco'`` by 8,
            which makes the exponential COCO's OKS.
        aux_weight (float): Weight of an auxiliary distance loss, d / sqrt(area). The exponential
            has almost no gradient beyond a few sigmas, where training from scratch starts. 0 in
            YOLO-Pose.
        loss_weight (float): Multiplies the result.

    Raises:
        ValueError: If ``scale`` is unknown.
    """

    sigmas: Tensor

    def __init__(
        self,
        sigmas: Sequence[float],
        scale: str = 'yolopose',
        aux_weight: float = 0.0,
        loss_weight: float = 1.0,
    ):
        super().__init__()
        if scale not in OKS_SCALES:
            raise ValueError(f'scale must be one of {sorted(OKS_SCALES)}, got {scale!r}')
        self.scale = OKS_SCALES[scale]
        self.aux_weight = aux_weight
        self.loss_weight = loss_weight
        self.register_buffer('sigmas', torch.tensor(sigmas, dtype=torch.float32), persistent=False)

    def forward(self, pred: Tensor, target: Tensor, visible: Tensor, areas: Tensor) -> Tensor:
        """Compare keypoints.

        Args:
            pred (Tensor): (P, K, 2) in any unit.
            target (Tensor): (P, K, 2) in the same unit.
            visible (Tensor): (P, K) bool; other keypoints have no loss.
            areas (Tensor): (P,) areas of the objects in that unit squared.

        Returns:
            Tensor: (P, K) weighted losses.
        """
        distance2 = (pred - target).pow(2).sum(dim=-1)
        loss = 1 - gaussian(distance2, areas, self.sigmas, self.scale)
        if self.aux_weight:
            # The small constant keeps the gradient finite where both points are equal.
            loss = loss + self.aux_weight * (distance2 / areas[:, None] + 1e-6).sqrt()
        return self.loss_weight * loss * visible
