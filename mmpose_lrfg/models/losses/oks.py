"""The object keypoint similarity as a loss: YOLO-Pose, eq. (3); OKS: paper, eq. (9)."""

from collections.abc import Sequence

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

#: Divisor of d^2 / (sigma^2 area) in the exponent.
OKS_SCALES = {'yolopose': 4.0, 'coco': 8.0}


def keypoint_similarity(
    pred: Tensor, target: Tensor, labelled: Tensor, areas: Tensor, sigmas: Tensor
) -> Tensor:
    """OKS of every object, as COCO computes it (paper, eq. (9)).

    Args:
        pred (Tensor): (P, K, 2), in any one unit.
        target (Tensor): (P, K, 2).
        labelled (Tensor): (P, K) bool; what is not labelled does not count.
        areas (Tensor): (P,) of the objects, in that unit squared.
        sigmas (Tensor): (K,).

    Returns:
        Tensor: (P,) in 0..1; 0 where nothing is labelled.
    """
    distance2 = (pred - target).pow(2).sum(dim=-1)
    similarity = closeness(distance2, areas, sigmas, OKS_SCALES['coco'])
    return (similarity * labelled).sum(dim=-1) / labelled.sum(dim=-1).clamp(min=1)


def closeness(distance2: Tensor, areas: Tensor, sigmas: Tensor, scale: float) -> Tensor:
    """exp(-d^2 / (scale sigma^2 area)) of squared distances (P, K), areas (P,) and sigmas (K,)."""
    return torch.exp(-distance2 / (scale * sigmas**2 * areas[:, None] + 1e-9))


@MODELS.register_module()
class KeypointOKSLoss(nn.Module):
    """1 - exp(-d^2 / (scale sigma^2 area)) of every labelled keypoint.

    Args:
        sigmas (Sequence[float]): One for each of K keypoints, as in COCO's evaluation.
        scale (str): ``'yolopose'`` divides by 4, the stricter loss of YOLO-Pose; ``'coco'`` by 8,
            which makes the exponential COCO's own OKS.
        pull (float): Adds ``pull`` d / sqrt(area) to every labelled keypoint. The exponential has
            hardly a gradient more than a few sigmas away, where training from scratch starts;
            this one pulls from anywhere. 0 is YOLO-Pose.
        loss_weight (float): Multiplies the result.

    Raises:
        ValueError: On another scale.
    """

    sigmas: Tensor

    def __init__(
        self,
        sigmas: Sequence[float],
        scale: str = 'yolopose',
        pull: float = 0.0,
        loss_weight: float = 1.0,
    ):
        super().__init__()
        if scale not in OKS_SCALES:
            raise ValueError(f'scale must be one of {sorted(OKS_SCALES)}, not {scale!r}')
        self.scale = OKS_SCALES[scale]
        self.pull = pull
        self.loss_weight = loss_weight
        self.register_buffer('sigmas', torch.tensor(sigmas, dtype=torch.float32), persistent=False)

    def forward(self, pred: Tensor, target: Tensor, labelled: Tensor, areas: Tensor) -> Tensor:
        """Compare keypoints.

        Args:
            pred (Tensor): (P, K, 2), in any one unit.
            target (Tensor): (P, K, 2).
            labelled (Tensor): (P, K) bool; what is not labelled costs nothing.
            areas (Tensor): (P,), in that unit squared.

        Returns:
            Tensor: (P, K) weighted losses.
        """
        distance2 = (pred - target).pow(2).sum(dim=-1)
        loss = 1 - closeness(distance2, areas, self.sigmas, self.scale)
        if self.pull:
            # The small constant keeps the gradient finite where both points are the same.
            loss = loss + self.pull * (distance2 / areas[:, None] + 1e-6).sqrt()
        return self.loss_weight * loss * labelled
