"""MMPose's visualisers on NumPy >= 2.4 and matplotlib >= 3.10.

The OpenCV one hands ``draw_circles`` its radius as an array of one element and takes ``int()`` of
that, which newer NumPy refuses. The radius is turned into a number on the way in. The 3-D one reads
its figure by ``tostring_rgb``, which newer matplotlib has removed. The canvas gets it back.
"""

import functools
import warnings

import numpy as np


def mend_after_import(execute, module) -> None:
    """Import hook for ``mmpose.visualization.opencv_backend_visualizer``."""
    execute(module)
    if not arrays_convert():
        cls = module.OpencvBackendVisualizer
        cls.draw_circles = with_plain_radius(cls.draw_circles)


def add_tostring_rgb_after_import(execute, module) -> None:
    """Import hook for ``mmpose.visualization.local_visualizer_3d``."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    execute(module)
    if not hasattr(FigureCanvasAgg, 'tostring_rgb'):
        FigureCanvasAgg.tostring_rgb = tostring_rgb


def tostring_rgb(canvas) -> bytes:
    """Return the pixels of a drawn canvas, (H, W, 3) uint8 RGB, as bytes."""
    return np.asarray(canvas.buffer_rgba())[..., :3].tobytes()


def arrays_convert() -> bool:
    """Whether ``int()`` still takes an array of one element (NumPy < 2.4, with a warning)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            int(np.ones(1))
    except TypeError:
        return False
    return True


def with_plain_radius(draw_circles):
    """Wrap ``draw_circles(self, center, radius, ...)`` so that OpenCV gets a number for a radius.

    The matplotlib backend takes arrays and is left alone.
    """

    @functools.wraps(draw_circles)
    def wrapped(self, center, radius, *args, **kwargs):
        if self.backend == 'opencv' and np.size(radius) == 1:
            radius = np.asarray(radius).item()
        return draw_circles(self, center, radius, *args, **kwargs)

    return wrapped
