"""The run-length encoded masks of pycocotools."""

from pycocotools import _mask
from pycocotools.mask import area, decode, encode, frPyObjects, iou, merge, toBbox

__all__ = ['_mask', 'area', 'decode', 'encode', 'frPyObjects', 'iou', 'merge', 'toBbox']
