"""The import finder: light, silent where it is not needed, second to what is installed."""

import importlib.util
import sys
from pathlib import Path

import pytest

from mmpose_lrfg import compat
from mmpose_lrfg.compat.finder import CompatFinder

from .interpreter import ROOT, run, write_package


def test_importing_the_package_is_light():
    heavy = '{"torch", "numpy", "mmcv", "mmengine", "mmdet", "mmpose", "cv2", "pycocotools"}'
    code = f'import mmpose_lrfg; print({heavy} & {{name.split(".")[0] for name in sys.modules}})'
    assert run(code) == 'set()'


def test_mmpose_imports_after_the_package():
    code = """
import mmpose_lrfg
import mmpose.models, mmpose.evaluation, mmpose.datasets
import mmcv.ops, xtcocotools.coco
print(xtcocotools.coco.__file__)
"""
    assert Path(run(code).splitlines()[-1]).is_relative_to(ROOT / 'mmpose_lrfg')


def test_no_warnings_that_a_user_cannot_fix():
    code = """
sys.stderr = sys.stdout
import mmpose_lrfg, mmengine
from mmpose_lrfg.models.layers import CoordinateAttention
CoordinateAttention(32)
from mmpose.datasets.datasets.utils import parse_pose_metainfo
parse_pose_metainfo(dict(from_file='configs/_base_/datasets/coco.py'))
"""
    printed = run(code)
    assert not [w for w in ('pkg_resources', 'conv bias', 'matched config') if w in printed]


def test_every_module_of_mmcv_ops_imports():
    import mmcv.ops

    for path in Path(mmcv.ops.__file__).parent.glob('*.py'):
        importlib.import_module(f'mmcv.ops.{path.stem}')


def test_compiled_mmcv_is_left_alone(tmp_path):
    write_package(tmp_path, 'mmcv', _ext='nms = "compiled"')
    assert run('import mmpose_lrfg; from mmcv import _ext; print(_ext.nms)', tmp_path) == 'compiled'


def test_working_xtcocotools_is_left_alone(tmp_path):
    write_package(tmp_path, 'xtcocotools', _mask='', coco='COCO = "real"')
    code = 'import mmpose_lrfg; from xtcocotools.coco import COCO; print(COCO)'
    assert run(code, tmp_path) == 'real'


@pytest.mark.parametrize(
    'broken',
    [{'_mask': 'raise ValueError("numpy.dtype size changed")'}, {}],
    ids=['built for another NumPy', 'without its compiled part'],
)
def test_broken_xtcocotools_is_replaced_with_a_warning(tmp_path, broken):
    write_package(tmp_path, 'xtcocotools', coco='COCO = "real"', **broken)
    code = """
import warnings
import mmpose_lrfg
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    from xtcocotools.coco import COCO
print(COCO.__name__, sum('does not load' in str(w.message) for w in caught))
"""
    assert run(code, tmp_path) == 'COCO 1'


def test_an_empty_folder_is_no_package(tmp_path):
    (tmp_path / 'xtcocotools').mkdir()
    code = 'import mmpose_lrfg; from xtcocotools import coco; print(coco.COCO.__name__)'
    assert run(code, tmp_path) == 'COCO'


def test_installing_twice_installs_once():
    assert compat.install() is compat.install()
    assert sum(isinstance(finder, CompatFinder) for finder in sys.meta_path) == 1


def test_hook_runs_around_the_import_once(tmp_path, monkeypatch):
    write_package(tmp_path, 'hooked_package')
    write_package(
        tmp_path,
        'hook_package',
        hooks='def mark(execute, module):\n    execute(module)\n    module.marked = 1\n',
    )
    monkeypatch.syspath_prepend(tmp_path)
    finder = CompatFinder({}, {'hooked_package': ('hook_package.hooks', 'mark')})
    monkeypatch.setattr(sys, 'meta_path', [finder, *sys.meta_path])
    import hooked_package

    assert hooked_package.marked == 1
    assert 'exec_module' not in vars(hooked_package.__loader__)
    del hooked_package.marked
    finder.catch_up()  # as if the finder had come after the import
    assert hooked_package.marked == 1
    assert importlib.util.find_spec('hooked_package').origin == hooked_package.__file__
