"""MMPose's OpenCV visualiser on NumPy >= 2.4.

It hands ``draw_circles`` its radius as an array of one element and takes ``int()`` of that, which
newer NumPy refuses. The radius is turned into a number on the way in.
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
