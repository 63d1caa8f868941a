"""Pictures of people that nobody took: rendered scenes with COCO keypoint labels."""

from .export import make_dataset
from .scenes import Scene, SceneConfig, render_scene

__all__ = ['Scene', 'SceneConfig', 'make_dataset', 'render_scene']
