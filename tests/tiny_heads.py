"""A YOLO-Pose head with few channels, its inputs and samples."""

import torch
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from mmpose_lrfg.models.heads import YOLOPoseHead
from mmpose_lrfg.models.task_modules import PoseTargets

CHANNELS = (16, 32, 48, 64)
STRIDES = (8, 16, 32, 64)
FLIP = [1, 0, 2]
SIZE = (192, 128)  # width, height


def make_head(num_keypoints=3, module=None, **kwargs):
    """Build a head of so many keypoints; ``module`` are options of its layers."""
    torch.manual_seed(0)
    return YOLOPoseHead(
        num_keypoints,
        [0.05] * num_keypoints,
        dict(type='YOLOPoseHeadModule', widen_factor=0.0625, **(module or {})),
        **kwargs,
    )


def feature_maps(batch=2):
    """Draw maps of the four levels."""
    torch.manual_seed(1)
    width, height = SIZE
    return [torch.randn(batch, c, height // s, width // s) for c, s in zip(CHANNELS, STRIDES)]


def sample(boxes, keypoints, visible=None, labels=None):
    """Make a sample with objects of three keypoints; boxes are x1, y1, x2, y2."""
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    keypoints = torch.tensor(keypoints, dtype=torch.float32).reshape(len(boxes), 3, 2)
    instances = InstanceData(
        bboxes=boxes,
        keypoints=keypoints,
        keypoints_visible=torch.ones(keypoints.shape[:2]) if visible is None else visible,
        labels=torch.zeros(len(boxes)) if labels is None else torch.tensor(labels),
    )
    return PoseDataSample(
        gt_instance_labels=instances, metainfo=dict(input_size=SIZE, flip_indices=FLIP)
    )


def pose_targets(boxes, keypoints, visible=None, images=None, annotated=None):
    """Make targets of T objects of class 0; boxes are cx, cy, w, h."""
    keypoints = torch.as_tensor(keypoints, dtype=torch.float32)
    count = len(keypoints)
    return PoseTargets(
        images=torch.tensor(images or [0] * count),
        labels=torch.zeros(count, dtype=torch.int64),
        boxes=torch.as_tensor(boxes, dtype=torch.float32),
        keypoints=keypoints,
        keypoints_visible=torch.tensor(visible or [[True] * keypoints.shape[1]] * count),
        annotated=torch.tensor(annotated or [True] * count),
    )


PERSON = sample([[40, 30, 80, 110]], [[50, 40], [70, 60], [60, 100]])
EMPTY = sample([], [])
