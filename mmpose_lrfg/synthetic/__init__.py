"""Rendered images and videos of people with COCO keypoint labels."""

from .export import make_dataset
from .scenes import Scene, SceneConfig, render_scene
from .videos import render_video

__all__ = ['Scene', 'SceneConfig', 'make_dataset', 'render_scene', 'render_video']
