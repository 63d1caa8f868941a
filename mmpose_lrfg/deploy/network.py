"""What goes into an exported file: pixels in, people in pixels out."""

from collections.abc import Sequence

import torch
from mmpose.models.heads.base_head import BaseHead
from torch import Tensor, nn

from mmpose_lrfg.models.backbones import SCADKNet
from mmpose_lrfg.models.fuse import fuse
from mmpose_lrfg.models.heads import postprocess

from .planes import rows_of_planes
from .suppression import best_rows, kept_rows


class ExportNetwork(nn.Module):
    """A fused network with its input's normalisation, decoding and, if wanted, NMS inside.

    Args:
        model (nn.Module): A ``BottomupPoseEstimator`` with a :class:`YOLOPoseHead`; left as it is.
        uint8 (bool): Take (N, H, W, 3) uint8 instead of (N, 3, H, W) float32; BGR in 0..255 both.
        half (bool): Compute in half precision, all but the decoding: half a float tells pixels
            above 512 only every half pixel.
        nms (str): ``'none'``, ``'fixed'`` or ``'dynamic'``, as in
            :class:`mmpose_lrfg.runtime.Metadata`.
        test_cfg (dict): Thresholds of the NMS, as in the head's.
    """

    def __init__(
        self,
        model: nn.Module,
        uint8: bool = False,
        half: bool = False,
        nms: str = 'none',
        test_cfg: dict | None = None,
    ):
        super().__init__()
        fused = fuse(model)
        head: BaseHead = fused.head
        self.uint8, self.half_precision, self.nms = uint8, half, nms
        self.test_cfg = dict(test_cfg or {})
        self.num_classes = head.num_classes
        self.single_class_score = head.single_class_score
        self.normalise = normalisation(fused)
        self.backbone, self.layers = fused.backbone, head.head_module
        self.neck = fused.neck if fused.with_neck else nn.Identity()
        self.anchors = head.anchors
        if isinstance(self.backbone, SCADKNet):
            # A hint for PyTorch, which a file would keep as operations of no use.
            self.backbone.memory_format = torch.contiguous_format
        if half:
            for part in (self.normalise, self.backbone, self.neck, self.layers):
                part.half()

    def forward(self, images: Tensor) -> Tensor:
        """Images -> rows as the metadata describe them for this kind of NMS."""
        rows = self.rows(images)
        if self.nms == 'none':
            return rows
        suppress = best_rows if self.nms == 'fixed' else kept_rows
        return suppress(rows, self.num_classes, **self.test_cfg)

    def rows(self, images: Tensor) -> Tensor:
        """Images -> (N, M, 6 + 3 K), every anchor: x1, y1, x2, y2, score, class, keypoints."""
        if self.uint8:
            images = images.permute(0, 3, 1, 2)
        images = images.half() if self.half_precision else images.float()
        raws = self.layers(self.neck(self.backbone(self.normalise(images))))
        return rows_of_planes(raws, self.anchors, self.num_classes, self.single_class_score)


def to_rows(
    raws: Sequence[Tensor], anchors: nn.Module, num_classes: int, single_class_score: bool
) -> Tensor:
    """Raw outputs (N, A, H, W, 5 + C + 3 K) of all levels -> (N, M, 6 + 3 K), by the head's code.

    What files are compared with; in them, :mod:`.planes` computes the same.
    """
    decoded = postprocess.decode_dense(raws, anchors, num_classes)
    return postprocess.to_rows(decoded, num_classes, single_class_score)


class Normalise(nn.Module):
    """Channel order, mean and deviation of MMPose's preprocessor: (N, 3, H, W) -> the same."""

    def __init__(self, mean: Tensor, std: Tensor, swap: bool):
        super().__init__()
        self.swap = swap
        self.register_buffer('scale', 1 / std)
        self.register_buffer('shift', -mean / std)

    def forward(self, images: Tensor) -> Tensor:
        if self.swap:
            images = images[:, [2, 1, 0]]
        return images * self.scale + self.shift


def normalisation(model: nn.Module) -> nn.Module:
    """What prepares the images of a fused ``model``; folded into its stem where that is exact.

    Without a mean to subtract, the zeros that the stem pads with are zeros before and after.
    """
    prepare = model.data_preprocessor
    swap = bool(getattr(prepare, '_channel_conversion', False))
    enabled = getattr(prepare, '_enable_normalize', False)
    mean = prepare.mean if enabled else torch.zeros(3, 1, 1)
    std = prepare.std if enabled else torch.ones(3, 1, 1)
    if mean.any() or not isinstance(model.backbone, SCADKNet):
        return Normalise(mean, std, swap)
    stem = next(m for m in model.backbone.stem.modules() if isinstance(m, nn.Conv2d))
    with torch.no_grad():
        weight = stem.weight / std.to(stem.weight).view(1, 3, 1, 1)
        stem.weight.copy_(weight.flip(1) if swap else weight)
    return nn.Identity()
