"""Rendered images of people with COCO keypoint labels, as synthetic training data."""

from .export import make_dataset
from .scenes import Scene, SceneConfig, render_scene

__all__ = ['Scene', 'SceneConfig', 'make_dataset', 'render_scene']
