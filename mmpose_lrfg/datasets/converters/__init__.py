"""Labels of other formats to and from COCO's JSON."""

from mmpose_lrfg.datasets.converters.to_coco import yolo_to_coco
from mmpose_lrfg.datasets.converters.to_yolo import coco_to_yolo

__all__ = ['coco_to_yolo', 'yolo_to_coco']
