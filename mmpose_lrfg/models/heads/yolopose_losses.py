"""Losses of the YOLO-Pose head: YOLO-Pose, section 3.4; balance of the levels: YOLOv5."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce, get_world_size
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_lrfg.models.losses import gain_factors, keypoint_similarity
from mmpose_lrfg.models.task_modules import (
    Assignment,
    PoseTargets,
    decode_boxes,
    decode_keypoints,
    send,
)
from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX

#: Losses and their weights in YOLO-Pose.
LOSSES = dict(
    loss_bbox=dict(type='CIoULoss', loss_weight=0.05),
    loss_obj=dict(type='BCEWithLogitsLoss', loss_weight=1.0),
    loss_cls=dict(type='BCEWithLogitsLoss', loss_weight=0.5),
    loss_oks=dict(type='KeypointOKSLoss', loss_weight=0.10),
    loss_vis=dict(type='BCEWithLogitsLoss', loss_weight=0.5),
)


def build_loss(name: str, cfg: dict) -> nn.Module:
    """Build a loss; what ``cfg`` leaves out of the default type is filled in from ``LOSSES``."""
    default = LOSSES[name]
    same_type = cfg.get('type', default['type']) == default['type']
    return MODELS.build({**default, **cfg} if same_type else cfg)


class YOLOPoseLosses:
    """Mixin of :class:`YOLOPoseHead`, whose options it reads: losses of raw predictions.

    On each level, box, class, keypoint and visibility losses are means over the positive samples
    (``level_means``) and the objectness loss is the mean over all anchors. The losses are summed
    over the levels and multiplied by the nominal batch size, for which learning rates are given.
    With several processes the means are over all of them, which gives the gradient of one process.
    """

    def loss_by_feat(
        self,
        preds: Sequence[Tensor],
        targets: PoseTargets,
        on_device: PoseTargets | None = None,
    ) -> dict[str, Tensor]:
        """Compute the losses of a batch.

        Args:
            preds (Sequence[Tensor]): Per level (N, A, H, W, 5 + C + 3 K).
            targets (PoseTargets): Objects of the N images. Targets in the CPU's memory are assigned
                there, which avoids a synchronisation with the GPU.
            on_device (PoseTargets, optional): Copy of ``targets`` on the device of ``preds``.

        Returns:
            dict[str, Tensor]: Scalars ``loss_bbox``, ``loss_obj``, ``loss_kpt``, ``loss_vis`` and,
            with several classes, ``loss_cls``.
        """
        device = preds[0].device
        # Float32 also in mixed precision: the losses square small numbers.
        with torch.autocast(device.type, enabled=False):
            assignments = [self.assign(i, pred, targets) for i, pred in enumerate(preds)]
            counts = self.count(preds, assignments, targets)
            targets = on_device or targets.to(device)
            per_level = [
                self.level_losses(i, pred.float(), assignments[i].to(device), counts[i], targets)
                for i, pred in enumerate(preds)
            ]
            weights = self.loss_weights(preds)
            return {
                name: weights[name] * torch.stack([part[name] for part in per_level]).sum()
                for name in per_level[0]
            }

    def loss_weights(self, preds: Sequence[Tensor]) -> dict[str, float]:
        """Return the factor of each loss: nominal batch size x rescaled gain."""
        batch_size = self.nominal_batch_size(len(preds[0]))
        pixels = preds[0].shape[2] * preds[0].shape[3] * self.anchors.strides[0] ** 2
        if self.input_size is not None:
            pixels = self.input_size**2
        factors = gain_factors(len(preds), self.num_classes, pixels)
        return {
            name: batch_size * (factor if self.scale_gains else 1.0)
            for name, factor in factors.items()
        }

    def nominal_batch_size(self, num_images: int) -> int:
        """Return ``batch_size``, or the actual one of all processes with ``num_images`` each."""
        return self.batch_size or num_images * get_world_size()

    def assign(self, level: int, pred: Tensor, targets: PoseTargets) -> Assignment:
        """Assign the targets to the anchors of a level, on the targets' device."""
        boxes = targets.boxes / self.anchors.strides[level]
        sizes = self.anchors.in_cells(level, boxes.device)
        return self.assigner.assign(targets.images, boxes, sizes, tuple(pred.shape[2:4]))

    def count(
        self, preds: Sequence[Tensor], assignments: Sequence[Assignment], targets: PoseTargets
    ) -> Tensor:
        """Count the elements of the means, the mean over the processes; never 0.

        Returns:
            Tensor: (L, 3) positive samples, visible keypoints of them, and positive samples with
            annotated keypoints; all rows are the sum over the levels without ``level_means``.
        """
        counts = [
            [
                len(a.target),
                int(targets.keypoints_visible[a.target].sum()),
                int(targets.annotated[a.target].sum()),
            ]
            for a in assignments
        ]
        counts = send(torch.tensor(counts, dtype=torch.float32), preds[0].device)
        if get_world_size() > 1:
            all_reduce(counts, op='mean')
        if not self.level_means:
            counts = counts.sum(dim=0, keepdim=True).expand_as(counts)
        return counts.clamp(min=1 / get_world_size())

    def level_losses(
        self, level: int, pred: Tensor, positives: Assignment, counts: Tensor, targets: PoseTargets
    ) -> dict[str, Tensor]:
        """Compute the losses of one level, before the factors of :meth:`loss_weights`.

        Positions are in cells relative to the predicting cell: far from the origin, rounding would
        be as large as small distances.
        """
        num_positives, num_visible, num_annotated = counts
        image, anchor, row, column, target = positives
        stride = self.anchors.strides[level]
        positive = pred[image, anchor, row, column]  # (P, 5 + C + 3 K)
        cell = torch.stack([column, row], dim=-1).to(positive.dtype)
        origin = torch.zeros_like(cell)

        box = decode_boxes(positive[:, :4], origin, self.anchors.in_cells(level)[anchor], 1)
        target_box = targets.boxes[target] / stride - F.pad(cell, (0, 2))
        bbox, quality = self.loss_bbox(box, target_box)

        raw_keypoints = positive[:, 5 + self.num_classes :].unflatten(1, (-1, 3))
        points, _ = decode_keypoints(raw_keypoints, origin, 1)
        target_points = targets.keypoints[target] / stride - cell[:, None]
        visible = targets.keypoints_visible[target]
        areas = target_box[:, 2:].prod(dim=-1)
        keypoints = self.loss_oks(points, target_points, visible, areas=areas)
        if self.obj_target == 'oks':
            oks = keypoint_similarity(
                points.detach(), target_points, visible, AREA_OF_BOX * areas, self.loss_oks.sigmas
            )
            quality = torch.where(visible.any(dim=-1), oks, quality)
        annotated = targets.annotated[target, None].to(positive.dtype)
        visibility = self.loss_vis(raw_keypoints[..., 2], visible.to(positive.dtype), annotated)
        losses = dict(
            # Touches every output of a level without positives too: the backward pass of
            # distributed training waits for the gradient of every parameter.
            loss_bbox=bbox.sum() / num_positives + 0 * pred[:, :, 0, 0].sum(),
            loss_obj=self.objectness_loss(level, pred, positives, quality),
            loss_kpt=keypoints.sum() / num_visible,
            loss_vis=visibility / (num_annotated * visible.shape[1]),
        )
        if self.num_classes > 1:
            classes = F.one_hot(targets.labels[target], self.num_classes).to(positive.dtype)
            loss = self.loss_cls(positive[:, 5 : 5 + self.num_classes], classes)
            losses['loss_cls'] = loss / (num_positives * self.num_classes)
        return losses

    def objectness_loss(
        self, level: int, pred: Tensor, positives: Assignment, quality: Tensor
    ) -> Tensor:
        """Compare every anchor's objectness with the quality (P,) of its prediction, or 0."""
        logits = pred[..., 4]
        target = torch.zeros_like(logits)
        index = positives[:4]
        quality = quality.clamp(min=0).to(target.dtype)
        if self.on_conflict == 'last':
            target[index] = quality
        else:
            flat = torch.zeros_like(index[0])
            for position, size in zip(index, target.shape):
                flat = flat * size + position
            target.view(-1).scatter_reduce_(0, flat, quality, 'amax')
        return self.obj_balance[level] * self.loss_obj(logits, target, reduction='mean')
