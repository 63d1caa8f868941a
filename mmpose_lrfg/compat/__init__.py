"""Let a stock MMPose import, train and resume with current packages.

MMPose 1.3 and the packages that install today do not fit together in some places. Each is repaired
only where it is needed:

* ``mmcv-lite`` has no compiled operators: :mod:`.mmcv_ext` replaces ``mmcv._ext``;
* ``xtcocotools`` does not install or load: :mod:`.xtcocotools` replaces it;
* ``torch >= 2.6`` refuses the checkpoints of mmengine: :mod:`.checkpoints` allows their parts, and
  loads downloaded ones and stored configs without running anything in them;
* ``numpy >= 2.4`` and ``matplotlib >= 3.10`` each break a visualizer of MMPose: :mod:`.visualizer`;
* ``setuptools >= 82`` has no ``pkg_resources``, and MMDetection and MMPose assert the versions of
  other packages: :mod:`.packages`.

One import finder applies each repair when the package concerned is imported, so that installing it
costs no time and imports nothing. This package imports no other part of ``mmpose_lrfg``.
"""

import sys
import warnings

from mmpose_lrfg.compat.finder import CompatFinder

_HERE = __path__[0]
_CHECKPOINTS = 'mmpose_lrfg.compat.checkpoints'
_PACKAGES = 'mmpose_lrfg.compat.packages'
_VISUALIZER = 'mmpose_lrfg.compat.visualizer'

# Module -> (folder, probe); see CompatFinder.
STAND_INS = {
    'mmcv._ext': (f'{_HERE}/mmcv_ext', None),
    # A wheel built for NumPy 1 is found but fails to load, in this submodule.
    'xtcocotools': (f'{_HERE}/xtcocotools', '_mask'),
}

# Module -> (module, function) of the repair; see CompatFinder.
HOOKS = {
    'mmdet': (_PACKAGES, 'warn_instead_of_assert'),
    'mmpose': (_PACKAGES, 'warn_instead_of_assert'),
    'mmengine.runner.checkpoint': (_CHECKPOINTS, 'load_safely'),
    'mmengine.utils.package_utils': (_PACKAGES, 'use_metadata'),
    'torch.serialization': (_CHECKPOINTS, 'allow_before_loading'),
    'mmpose.visualization.opencv_backend_visualizer': (_VISUALIZER, 'accept_array_radius'),
    'mmpose.visualization.local_visualizer_3d': (_VISUALIZER, 'add_tostring_rgb'),
}


class UserError(Exception):
    """An error that the user can fix: what was given, and what is expected, in one sentence."""


def install(hooks=()) -> CompatFinder:
    """Install the repairs. Calling it again changes nothing.

    Args:
        hooks (dict[str, tuple[str, str]]): Further hooks, as in ``HOOKS``.

    Returns:
        CompatFinder: The finder, now first in ``sys.meta_path``.
    """
    for finder in sys.meta_path:
        if isinstance(finder, CompatFinder):
            return finder
    # MMPose finds its own description of COCO: not the fault of the user.
    warnings.filterwarnings(
        'ignore', '.*A matched config file "[^"]*mmpose.\\.mim', UserWarning, 'mmpose'
    )
    finder = CompatFinder(STAND_INS, {**HOOKS, **dict(hooks)})
    sys.meta_path.insert(0, finder)
    finder.catch_up()
    return finder
