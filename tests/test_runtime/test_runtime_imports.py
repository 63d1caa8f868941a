import subprocess
import sys

CODE = """
import sys
import numpy as np
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime import files
Poses.empty().draw(np.zeros((4, 4, 3), np.uint8))
heavy = {'torch', 'torchvision', 'mmcv', 'mmengine', 'mmpose', 'mmdet', 'rich', 'matplotlib'}
heavy |= {'trackers', 'supervision', 'scipy'}
loaded = heavy & {name.partition('.')[0] for name in sys.modules}
assert not loaded, loaded
own = {n for n in sys.modules if n.startswith('mmpose_lrfg.') and '.compat' not in n}
assert all(n.startswith('mmpose_lrfg.runtime') for n in own), own
"""


def test_runtime_needs_neither_torch_nor_openmmlab_nor_the_rest_of_the_package():
    result = subprocess.run([sys.executable, '-c', CODE], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
