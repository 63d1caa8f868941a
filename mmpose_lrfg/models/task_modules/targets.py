"""Ground truth of a batch as tensors, and their transfer to the device."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from mmpose.structures import PoseDataSample
from torch import Tensor
from torchvision.ops import box_convert


def send(tensor: Tensor, device: torch.device | str) -> Tensor:
    """Copy a tensor to a device without a synchronisation.

    A copy from pageable memory waits for all work queued on the GPU; a copy from pinned memory
    does not.
    """
    device = torch.device(device)
    if device.type == 'cuda' and tensor.device.type == 'cpu':
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)


class PoseTargets(NamedTuple):
    """The T objects of a batch, in pixels of the network's input."""

    images: Tensor
    """(T,) int64, index of the image in the batch."""
    labels: Tensor
    """(T,) int64, class."""
    boxes: Tensor
    """(T, 4) cx, cy, w, h."""
    keypoints: Tensor
    """(T, K, 2) x, y."""
    keypoints_visible: Tensor
    """(T, K) bool."""
    annotated: Tensor
    """(T,) bool; False: keypoints not annotated, no keypoint and no visibility loss."""

    def to(self, device) -> 'PoseTargets':
        """Copy to a device."""
        return PoseTargets(*(send(field, device) for field in self))

    @classmethod
    def from_samples(
        cls,
        samples: Sequence[PoseDataSample],
        num_keypoints: int,
        unannotated_at_zero: bool = False,
    ) -> 'PoseTargets':
        """Concatenate the objects of all images; boxes without extent are left out.

        Args:
            samples (Sequence[PoseDataSample]): With ``gt_instance_labels``: bboxes (x1, y1, x2,
                y2), labels, keypoints and keypoints_visible (-1: not annotated), in pixels.
            num_keypoints (int): K.
            unannotated_at_zero (bool): A keypoint at x = 0 counts as not visible.
        """
        instances = [sample.gt_instance_labels for sample in samples]

        def gather(name: str, *shape: int) -> Tensor:
            fields = [torch.as_tensor(i[name]).reshape(-1, *shape) for i in instances]
            return torch.cat(fields)

        boxes = box_convert(gather('bboxes', 4).float(), 'xyxy', 'cxcywh')
        counts = torch.tensor([len(i.bboxes) for i in instances])
        images = torch.arange(len(instances)).repeat_interleave(counts).to(boxes.device)
        keypoints = gather('keypoints', num_keypoints, 2).float()
        visibility = gather('keypoints_visible', num_keypoints)
        visible = visibility > 0
        if unannotated_at_zero:
            visible &= keypoints[..., 0] != 0
        targets = cls(
            images=images,
            labels=gather('labels').long(),
            boxes=boxes,
            keypoints=keypoints,
            keypoints_visible=visible,
            annotated=(visibility >= 0).all(dim=1),
        )
        has_extent = (boxes[:, 2:] > 0).all(dim=1)
        return cls(*(field[has_extent] for field in targets))
