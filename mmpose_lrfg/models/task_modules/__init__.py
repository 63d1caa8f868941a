"""Anchors, targets, assignment of targets to anchors, decoding of raw predictions."""

from .anchor_generator import COCO_ANCHORS, COCO_STRIDES, AnchorGenerator
from .assigner import AnchorRatioAssigner, Assignment
from .associative_embedding import MultiScaleAssociativeEmbedding
from .decoding import decode_boxes, decode_keypoints, encode_boxes, encode_keypoints
from .targets import PoseTargets, send

__all__ = [
    'COCO_ANCHORS',
    'COCO_STRIDES',
    'AnchorGenerator',
    'AnchorRatioAssigner',
    'Assignment',
    'MultiScaleAssociativeEmbedding',
    'PoseTargets',
    'decode_boxes',
    'decode_keypoints',
    'encode_boxes',
    'encode_keypoints',
    'send',
]
