"""The network of an exported file: pixels in, detections in pixels out."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmpose_lrfg.models.backbones import SCADKNet
from mmpose_lrfg.models.fuse import fuse
from mmpose_lrfg.models.task_modules import AnchorGenerator
from mmpose_lrfg.runtime import Metadata

from .nms import dynamic_nms, fixed_nms


class ExportNetwork(nn.Module):
    """A fused network with normalisation, decoding and optionally NMS.

    Args:
        model (nn.Module): A ``BottomupPoseEstimator`` with a :class:`YOLOPoseHead`; not changed.
        metadata (Metadata): Describe its input and output.
        half (bool): Compute in half precision except for the decoding: above 512 pixels, half
            precision has steps of half a pixel.
    """

    def __init__(self, model: nn.Module, metadata: Metadata, half: bool = False):
        super().__init__()
        fused = fuse(model).eval()
        self.metadata, self.half_precision = metadata, half
        self.num_classes = fused.head.num_classes
        self.single_class_score = fused.head.single_class_score
        self.anchors = fused.head.anchors
        self.normalise = normalisation(fused)
        # Quantisation chooses operations by the names of these attributes.
        self.backbone, self.layers = fused.backbone, fused.head.head_module
        self.neck = fused.neck if fused.with_neck else nn.Identity()
        # A hint for PyTorch that a file would keep as useless operations.
        self.backbone.memory_format = torch.contiguous_format
        if half:
            for part in (self.normalise, self.backbone, self.neck, self.layers):
                part.half()

    def forward(self, images: Tensor) -> Tensor:
        """Predict rows of the kind that ``nms`` of the metadata names."""
        if self.metadata.input == 'uint8':
            images = images.permute(0, 3, 1, 2)
        images = images.half() if self.half_precision else images.float()
        preds = self.layers(self.neck(self.backbone(self.normalise(images))))
        rows = decode_channels(preds, self.anchors, self.num_classes, self.single_class_score)
        if self.metadata.nms == 'none':
            return rows
        nms = fixed_nms if self.metadata.nms == 'fixed' else dynamic_nms
        return nms(rows, self.num_classes, **self.metadata.thresholds)


def decode_channels(
    preds: Sequence[Tensor], anchors: AnchorGenerator, num_classes: int, single_class_score: bool
) -> Tensor:
    """Decode every anchor channel by channel, as the head keeps them in memory.

    The head's own decoding (:mod:`mmpose_lrfg.models.heads.postprocess`) works on rows, of which
    PyTorch decodes only the best. A file decodes all, and whole channels take a third of the time.

    Args:
        preds (Sequence[Tensor]): Per level (N, A, H, W, 5 + C + 3 K), finest first.

    Returns:
        Tensor: (N, M, 6 + 3 K): x1, y1, x2, y2, score, class and x, y, score of each keypoint, in
        pixels.
    """
    levels = []
    for level, pred in enumerate(preds):
        pred = pred.permute(0, 1, 4, 2, 3).float()  # reverts the head's last permutation
        stride = anchors.strides[level]
        # (2, H, W): 2 u - 0.5 + cell, in pixels, is 2 stride u + corner.
        cells = anchors.cells(*pred.shape[3:], pred.device)
        corner = (cells.permute(2, 0, 1) - 0.5) * stride
        units = pred[:, :, : 5 + num_classes].sigmoid()
        centre = units[:, :, :2] * (2 * stride) + corner
        # Half of (2 u)^2 anchor.
        half = units[:, :, 2:4].square() * (2 * anchors.sizes[level].to(pred)[:, :, None, None])
        best, label = units[:, :, 5:].max(dim=2, keepdim=True)
        score = units[:, :, 4:5]
        if num_classes > 1 or single_class_score:
            score = score * best
        points = pred[:, :, 5 + num_classes :].unflatten(2, (-1, 3))  # (N, A, K, 3, H, W)
        places = points[:, :, :, :2] * (2 * stride) + corner
        points = torch.cat([places, points[:, :, :, 2:].sigmoid()], dim=3).flatten(2, 3)
        parts = [centre - half, centre + half, score, label.to(pred), points]
        levels.append(torch.cat(parts, dim=2).permute(0, 1, 3, 4, 2).flatten(1, 3))
    return torch.cat(levels, dim=1)


class Normalise(nn.Module):
    """Channel order, mean and deviation of MMPose's preprocessor; (N, 3, H, W) in and out."""

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
    """Return the normalisation of a fused ``model``; fold it into the stem where that is exact.

    It is exact without a mean: the zeros of the stem's padding stay zeros.
    """
    preprocessor = model.data_preprocessor
    swap = bool(getattr(preprocessor, '_channel_conversion', False))
    enabled = getattr(preprocessor, '_enable_normalize', False)
    mean = preprocessor.mean if enabled else torch.zeros(3, 1, 1)
    std = preprocessor.std if enabled else torch.ones(3, 1, 1)
    if mean.any() or not isinstance(model.backbone, SCADKNet):
        return Normalise(mean, std, swap)
    stem = next(m for m in model.backbone.stem.modules() if isinstance(m, nn.Conv2d))
    with torch.no_grad():
        weight = stem.weight / std.to(stem.weight).view(1, 3, 1, 1)
        stem.weight.copy_(weight.flip(1) if swap else weight)
    return nn.Identity()
