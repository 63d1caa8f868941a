"""Lets a stock MMPose import, train and resume on a modern stack.

Gaps between MMPose 1.3 and the packages that install today, each closed only where it is open:

* ``mmcv-lite`` has no compiled operators: :mod:`.mmcv_ext` answers to ``mmcv._ext``;
* ``xtcocotools`` does not install, or does not load: :mod:`.xtcocotools` answers to its name;
* ``torch >= 2.6`` refuses the checkpoints of mmengine: :mod:`.checkpoints` allow-lists their parts,
  and loads downloaded ones under the same check, which torch leaves off for them;
* ``numpy >= 2.4`` and ``matplotlib >= 3.10`` each break a visualiser of MMPose: :mod:`.visualizer`
  repairs one call of both;
* ``setuptools >= 82`` has no ``pkg_resources``: :mod:`.packages` asks the metadata instead.

And where MMDetection or MMPose assert a version of their neighbours, they warn instead
(:mod:`.versions`). Everything waits in one import finder until the package concerned is imported,
so that switching it on costs nothing and imports nothing.
"""

import sys
import warnings

from mmpose_lrfg.compat.finder import CompatFinder, StandIn

_HERE = __path__[0]
_CHECKPOINTS = 'mmpose_lrfg.compat.checkpoints'
_PACKAGES = 'mmpose_lrfg.compat.packages'
_VERSIONS = 'mmpose_lrfg.compat.versions'
_VISUALIZER = 'mmpose_lrfg.compat.visualizer'

STAND_INS = {
    'mmcv._ext': StandIn(f'{_HERE}/mmcv_ext'),
    # A wheel built for NumPy 1 is found but fails to load, and it is this module that fails.
    'xtcocotools': StandIn(f'{_HERE}/xtcocotools', probe='_mask'),
}

# What is done around the import of a module: module -> (where, wrapper of its execution).
HOOKS = {
    'mmdet': (_VERSIONS, 'warn_instead_of_assert'),
    'mmpose': (_VERSIONS, 'warn_instead_of_assert'),
    'mmengine.runner.checkpoint': (_CHECKPOINTS, 'load_safely'),
    'mmengine.utils.package_utils': (_PACKAGES, 'ask_metadata_after_import'),
    'torch.serialization': (_CHECKPOINTS, 'allow_before_loading'),
    'mmpose.visualization.opencv_backend_visualizer': (_VISUALIZER, 'mend_after_import'),
    'mmpose.visualization.local_visualizer_3d': (_VISUALIZER, 'add_tostring_rgb_after_import'),
}


def install() -> CompatFinder:
    """Switch the stand-ins on, each only where it is needed. Calling it again changes nothing.

    Returns:
        CompatFinder: the finder, now first in ``sys.meta_path``.
    """
    for finder in sys.meta_path:
        if isinstance(finder, CompatFinder):
            return finder
    # About setuptools, and that MMPose found its own description of COCO: nothing to be mended.
    warnings.filterwarnings('ignore', 'pkg_resources is deprecated', UserWarning, 'mmengine')
    warnings.filterwarnings(
        'ignore', '.*A matched config file "[^"]*mmpose.\\.mim', UserWarning, 'mmpose'
    )
    finder = CompatFinder(STAND_INS, HOOKS)
    sys.meta_path.insert(0, finder)
    finder.catch_up()
    return finder
