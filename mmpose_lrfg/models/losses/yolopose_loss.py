"""The sum of YOLO-Pose's losses over all levels: YOLO-Pose, section 3.4; YOLOv5's balance."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce, get_world_size
from mmpose.registry import MODELS, TASK_UTILS
from torch import Tensor, nn

from mmpose_lrfg.models.task_modules import (
    AnchorGrid,
    Assignment,
    decode_boxes,
    decode_keypoints,
    send,
)
from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX

from .oks import keypoint_similarity


class PoseTargets(NamedTuple):
    """All objects of a batch, T of them, in pixels of the network's input."""

    images: Tensor
    """(T,) int64, index of the image in the batch."""
    labels: Tensor
    """(T,) int64, class."""
    boxes: Tensor
    """(T, 4) cx, cy, w, h."""
    keypoints: Tensor
    """(T, K, 2) x, y."""
    labelled: Tensor
    """(T, K) bool."""
    annotated: Tensor
    """(T,) bool, False for objects whose keypoints were not annotated: they cost nothing."""

    def to(self, device) -> 'PoseTargets':
        """The same on a device."""
        return PoseTargets(*(send(field, device) for field in self))


@MODELS.register_module()
class YOLOPoseLoss(nn.Module):
    """Box, objectness, class, keypoint and visibility loss of anchor-based raw outputs.

    Per level, box, class, keypoint and visibility losses are means over what was assigned there
    (``level_means``), and objectness is the mean over all anchors; levels are then summed, and the
    whole is multiplied by the nominal batch size, which the learning rate is made for. The
    objectness of a positive is to be its CIoU or its OKS (``objectness_fit``). With several
    processes the means are over all of them, so that they get the gradient that one process would.

    The weights are the gains of YOLO-Pose's hyper-parameter file. YOLO-Pose rescales them for the
    number of levels and classes and for the input size before it trains; so does
    :meth:`gain_factors`.

    Args:
        loss_bbox (dict): Config of the loss of boxes.
        loss_keypoints (dict): Config of the loss of keypoints.
        assigner (dict): Config of the assigner.
        obj_weight (float): Weight of the objectness loss.
        obj_balance (Sequence[float]): Its weight on every level.
        cls_weight (float): Weight of the class loss; there is none with a single class.
        vis_weight (float, optional): Weight of the visibility loss; default: ``cls_weight``, as
            in YOLO-Pose.
        obj_pos_weight, cls_pos_weight (float): Weight of the positive side in the cross-entropies
            of the objectness, and of class and visibility (YOLO-Pose's ``obj_pw``, ``cls_pw``).
        batch_size (int, optional): Nominal batch size. By default the actual one, over all
            processes; but then a batch cut into pieces to accumulate gradients counts less.
        on_conflict (str): When two objects want the same anchor of the same cell, its objectness
            follows the better fit (``'max'``) or the one that comes last (``'last'``, YOLO-Pose;
            on a GPU that is undefined).
        level_means (bool): Means over the positives of one level, then the sum over levels
            (YOLO-Pose). If False, one mean over those of all levels: every positive counts alike,
            also the only one of its level, whose gradient is noisy otherwise in small batches.
            Smaller by about the number of levels that have positives.
        objectness_fit (str): What the objectness of a positive is to be: its CIoU (``'ciou'``,
            YOLO-Pose), or its OKS (``'oks'``, as the scores of RTMO, Lu et al., CVPR 2024): then
            scores tell how good a pose is, which COCO's AP ranks people by. Where no keypoint is
            labelled it is the CIoU.
        scale_gains (bool): Rescale the weights by :meth:`gain_factors`. If False, they are used as
            they are.
        input_size (int, optional): Side in pixels of the square input that the objectness weight
            is rescaled for. Default: the size of the batch.
    """

    def __init__(
        self,
        loss_bbox: dict = dict(type='CIoULoss', loss_weight=0.05),
        loss_keypoints: dict = dict(type='KeypointOKSLoss', loss_weight=0.10),
        assigner: dict = dict(type='AnchorRatioAssigner'),
        obj_weight: float = 1.0,
        obj_balance: Sequence[float] = (4.0, 1.0, 0.25, 0.06),
        cls_weight: float = 0.5,
        vis_weight: float | None = None,
        obj_pos_weight: float = 1.0,
        cls_pos_weight: float = 1.0,
        batch_size: int | None = None,
        on_conflict: str = 'max',
        level_means: bool = True,
        objectness_fit: str = 'ciou',
        scale_gains: bool = True,
        input_size: int | None = None,
    ):
        super().__init__()
        if on_conflict not in ('max', 'last'):
            raise ValueError(f"on_conflict must be 'max' or 'last', not {on_conflict!r}")
        if objectness_fit not in ('ciou', 'oks'):
            raise ValueError(f"objectness_fit must be 'ciou' or 'oks', not {objectness_fit!r}")
        self.loss_bbox = MODELS.build(loss_bbox)
        self.loss_keypoints = MODELS.build(loss_keypoints)
        self.assigner = TASK_UTILS.build(assigner)
        self.obj_weight = obj_weight
        self.obj_balance = tuple(obj_balance)
        self.cls_weight = cls_weight
        self.vis_weight = cls_weight if vis_weight is None else vis_weight
        self.obj_pos_weight = obj_pos_weight
        self.cls_pos_weight = cls_pos_weight
        self.batch_size = batch_size
        self.on_conflict = on_conflict
        self.objectness_fit = objectness_fit
        self.level_means = level_means
        self.scale_gains = scale_gains
        self.input_size = input_size

    def forward(
        self,
        raws: Sequence[Tensor],
        targets: PoseTargets,
        anchors: AnchorGrid,
        num_classes: int,
    ) -> dict[str, Tensor]:
        """Compute the losses.

        Args:
            raws (Sequence[Tensor]): Per level (N, A, H, W, 5 + C + 3 K).
            targets (PoseTargets): The objects of the N images. In the host's memory they are
                assigned there, and a GPU never has to be asked how many positives there are.
            anchors (AnchorGrid): Anchors and strides of the levels.
            num_classes (int): C.

        Returns:
            dict[str, Tensor]: Scalars whose sum is to be minimised.
        """
        # In float32 also where the network ran in mixed precision: the losses square small numbers.
        with torch.autocast(raws[0].device.type, enabled=False):
            return self.all_losses(raws, targets, anchors, num_classes)

    def all_losses(
        self, raws: Sequence[Tensor], targets: PoseTargets, anchors: AnchorGrid, num_classes: int
    ) -> dict[str, Tensor]:
        """As :meth:`forward`, in the precision that is set."""
        assignments = [self.assign(i, raw, targets, anchors) for i, raw in enumerate(raws)]
        counts = self.count(raws, assignments, targets)
        targets = targets.to(raws[0].device)
        assignments = [found.to(raws[0].device) for found in assignments]
        per_level = [
            self.level_losses(
                i, raw.float(), assignments[i], counts[i], targets, anchors, num_classes
            )
            for i, raw in enumerate(raws)
        ]
        batch_size = self.scale(raws[0].shape[0])
        pixels = raws[0].shape[2] * raws[0].shape[3] * anchors.strides[0] ** 2
        factors = self.gain_factors(len(raws), num_classes, pixels)
        return {
            name: batch_size * factors[name] * torch.stack([part[name] for part in per_level]).sum()
            for name in per_level[0]
        }

    def gain_factors(self, num_levels: int, num_classes: int, pixels: int) -> dict[str, float]:
        """Factors by which YOLO-Pose's training script rescales the weights of the losses.

        With four levels, one class and 640 x 640 pixels: box 0.05 becomes 0.0375, objectness 1
        becomes 0.75 (1.6875 at 960), class and visibility 0.5 become 0.0047, keypoints stay.

        Args:
            num_levels (int): Levels of the network; the weights were chosen for three.
            num_classes (int): Classes; the weights were chosen for 80.
            pixels (int): Height x width of the batch; the weights were chosen for 640 x 640.

        Returns:
            dict[str, float]: By name of the loss; all 1 without ``scale_gains``.
        """
        if not self.scale_gains:
            num_levels, num_classes, pixels = 3, 80, 640**2
        elif self.input_size is not None:
            pixels = self.input_size**2
        levels, classes = 3 / num_levels, num_classes / 80
        return dict(
            loss_bbox=levels,
            loss_obj=levels * pixels / 640**2,
            loss_cls=levels * classes,
            loss_kpt=1.0,
            loss_vis=levels * classes,
        )

    def scale(self, num_images: int) -> int:
        """What a mean over images is multiplied by: the nominal batch size, else the actual one.

        Args:
            num_images (int): Images in the batch of this process.
        """
        return self.batch_size or num_images * get_world_size()

    def assign(self, level: int, raw: Tensor, targets: PoseTargets, anchors: AnchorGrid):
        """The positives of one level."""
        boxes = targets.boxes / anchors.strides[level]
        grid = tuple(raw.shape[2:4])
        sizes = anchors.in_cells(level, boxes.device)
        return self.assigner.assign(targets.images, boxes, sizes, grid)

    def count(
        self, raws: Sequence[Tensor], assignments: Sequence[Assignment], targets: PoseTargets
    ) -> Tensor:
        """(L, 3) positives, labelled keypoints and positives with annotated keypoints; never 0.

        Means over the processes.
        """
        counts = [
            [
                len(a.target),
                int(targets.labelled[a.target].sum()),
                int(targets.annotated[a.target].sum()),
            ]
            for a in assignments
        ]
        counts = send(torch.tensor(counts, dtype=torch.float32), raws[0].device)
        if get_world_size() > 1:
            all_reduce(counts, op='mean')
        if not self.level_means:
            counts = counts.sum(dim=0, keepdim=True).expand_as(counts)
        return counts.clamp(min=1 / get_world_size())

    def level_losses(
        self,
        level: int,
        raw: Tensor,
        positives: Assignment,
        counts: Tensor,
        targets: PoseTargets,
        anchors: AnchorGrid,
        num_classes: int,
    ) -> dict[str, Tensor]:
        """Losses of one level, before the batch size.

        Everything is in cells of that level and relative to the cell that predicts: far from the
        origin, small distances would drown in rounding.
        """
        num_positives, num_labelled, num_annotated = counts
        image, anchor, row, column, target = positives
        stride = anchors.strides[level]
        picked = raw[image, anchor, row, column]  # (P, 5 + C + 3 K)
        cell = torch.stack([column, row], dim=-1).to(picked.dtype)
        here = torch.zeros_like(cell)

        box = decode_boxes(picked[:, :4], here, anchors.in_cells(level)[anchor], 1)
        wanted_box = targets.boxes[target] / stride - F.pad(cell, (0, 2))
        bbox, ciou = self.loss_bbox(box, wanted_box)

        raw_keypoints = picked[:, 5 + num_classes :].unflatten(1, (-1, 3))
        points, _ = decode_keypoints(raw_keypoints, here, 1)
        wanted_points = targets.keypoints[target] / stride - cell[:, None]
        labelled = targets.labelled[target]
        areas = wanted_box[:, 2:].prod(dim=-1)
        keypoints = self.loss_keypoints(points, wanted_points, labelled, areas=areas)
        fit = ciou
        if self.objectness_fit == 'oks':
            oks = keypoint_similarity(
                points.detach(),
                wanted_points,
                labelled,
                AREA_OF_BOX * areas,
                self.loss_keypoints.sigmas,
            )
            fit = torch.where(labelled.any(dim=-1), oks, ciou)
        pos_weight = picked.new_full((), self.cls_pos_weight)
        visibility = F.binary_cross_entropy_with_logits(
            raw_keypoints[..., 2],
            labelled.to(picked.dtype),
            weight=targets.annotated[target, None].to(picked.dtype),
            reduction='sum',
            pos_weight=pos_weight,
        )
        losses = dict(
            loss_bbox=bbox.sum() / num_positives,
            loss_obj=self.objectness_loss(level, raw, positives, fit),
            loss_kpt=keypoints.sum() / num_labelled,
            loss_vis=self.vis_weight * visibility / (num_annotated * labelled.shape[1]),
        )
        if num_classes > 1:
            wanted = F.one_hot(targets.labels[target], num_classes).to(picked.dtype)
            classes = F.binary_cross_entropy_with_logits(
                picked[:, 5 : 5 + num_classes], wanted, reduction='sum', pos_weight=pos_weight
            )
            losses['loss_cls'] = self.cls_weight * classes / (num_positives * num_classes)
        # Without positives, a level still has to touch all of its outputs: a distributed
        # backward waits for the gradient of every parameter.
        losses['loss_bbox'] = losses['loss_bbox'] + 0 * raw[:, :, 0, 0].sum()
        return losses

    def objectness_loss(
        self, level: int, raw: Tensor, positives: Assignment, fit: Tensor
    ) -> Tensor:
        """Every anchor's objectness against its fit to what it was assigned, 0 elsewhere."""
        logits = raw[..., 4]
        wanted = torch.zeros_like(logits)
        place = positives[:4]
        fit = fit.clamp(min=0).to(wanted.dtype)
        if self.on_conflict == 'last':
            wanted[place] = fit
        else:
            flat = torch.zeros_like(place[0])
            for index, size in zip(place, wanted.shape):
                flat = flat * size + index
            wanted.view(-1).scatter_reduce_(0, flat, fit, 'amax')
        weight = self.obj_weight * self.obj_balance[level]
        pos_weight = logits.new_full((), self.obj_pos_weight)
        return weight * F.binary_cross_entropy_with_logits(logits, wanted, pos_weight=pos_weight)
