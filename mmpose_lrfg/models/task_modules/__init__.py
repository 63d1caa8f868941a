"""Anchors, assignment of targets to them, and the way between raw outputs and pixels."""

from .anchors import COCO_ANCHORS, COCO_STRIDES, AnchorGrid
from .assigner import AnchorRatioAssigner, Assignment
from .associative_embedding import MultiScaleAssociativeEmbedding
from .decoding import decode_boxes, decode_keypoints, encode_boxes, encode_keypoints
from .transfer import send

__all__ = [
    'COCO_ANCHORS',
    'COCO_STRIDES',
    'AnchorGrid',
    'AnchorRatioAssigner',
    'Assignment',
    'MultiScaleAssociativeEmbedding',
    'decode_boxes',
    'decode_keypoints',
    'encode_boxes',
    'encode_keypoints',
    'send',
]
