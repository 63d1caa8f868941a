"""Repairs of MMPose's visualizers for NumPy >= 2.4 and matplotlib >= 3.10.

The OpenCV one takes ``int()`` of an array of one element, which newer NumPy refuses. The 3-D one
calls ``tostring_rgb``, which newer matplotlib does not have.
"""

import functools
import warnings

import numpy as np


def accept_array_radius(execute, module) -> None:
    """Import hook for ``mmpose.visualization.opencv_backend_visualizer``."""
    execute(module)
    if arrays_convert():
        return
    cls = module.OpencvBackendVisualizer
    original = cls.draw_circles

    @functools.wraps(original)
    def draw_circles(self, center, radius, *args, **kwargs):
        if self.backend == 'opencv' and np.size(radius) == 1:
            radius = np.asarray(radius).item()
        return original(self, center, radius, *args, **kwargs)

    cls.draw_circles = draw_circles


def arrays_convert() -> bool:
    """Whether ``int()`` accepts an array of one element (NumPy < 2.4, with a warning)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            int(np.ones(1))
    except TypeError:
        return False
    return True


def add_tostring_rgb(execute, module) -> None:
    """Import hook for ``mmpose.visualization.local_visualizer_3d``."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    execute(module)
    if not hasattr(FigureCanvasAgg, 'tostring_rgb'):
        FigureCanvasAgg.tostring_rgb = tostring_rgb


def tostring_rgb(canvas) -> bytes:
    """Return the pixels of a drawn canvas, (H, W, 3) uint8 RGB, as bytes."""
    return np.asarray(canvas.buffer_rgba())[..., :3].tobytes()
