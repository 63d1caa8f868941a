"""mmengine works without ``pkg_resources``; version assertions become warnings."""

import importlib.util
import types
from pathlib import Path

import pytest

from mmpose_lrfg.compat import packages
from mmpose_lrfg.compat.packages import warn_instead_of_assert

from .interpreter import run, write_package


def test_mmengine_works_without_pkg_resources():
    code = """
sys.modules['pkg_resources'] = None  # as if it were not there
import mmpose_lrfg
from mmengine.hub import get_config
from mmengine.utils import get_installed_path, is_installed
print(is_installed('mmpose'), is_installed('mmcv'), is_installed('no_such_package'))
print(get_installed_path('mmpose'), get_installed_path('mmcv-lite'), sep='\\n')
print(get_config('mmpose::_base_/default_runtime.py').default_scope)
"""
    printed = run(code).splitlines()
    assert printed[0] == 'True True False' and printed[3] == 'mmpose'
    assert [Path(path).name for path in printed[1:3]] == ['mmpose', 'mmcv']
    assert all(Path(path, '__init__.py').is_file() for path in printed[1:3])


@pytest.mark.parametrize('name', ['mmpose', 'mmengine', 'mmdet', 'mmcv', 'mmcv-lite', 'json'])
def test_the_answers_are_those_of_pkg_resources(name):
    pytest.importorskip('pkg_resources')
    from mmengine.utils import package_utils

    assert package_utils.is_installed is packages.is_installed
    spec = importlib.util.spec_from_file_location('unchanged', package_utils.__file__)
    unchanged = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(unchanged)
    assert unchanged.is_installed(name) == packages.is_installed(name)
    assert unchanged.get_installed_path(name) == packages.get_installed_path(name)


MODULE = types.ModuleType('some_package')


def failing(message):
    def execute(module):
        module.ran = True
        raise AssertionError(message)

    return execute


def test_a_version_assertion_warns_and_another_fails():
    with pytest.warns(UserWarning, match=r'some_package expects other versions: MMCV==2\.2\.0'):
        warn_instead_of_assert(failing('MMCV==2.2.0 is used but incompatible. Please ...'), MODULE)
    assert MODULE.ran
    with pytest.raises(AssertionError, match='something else'):
        warn_instead_of_assert(failing('something else'), MODULE)


def test_mmdet_imports_beside_a_newer_mmcv(tmp_path):
    """MMDetection as it is installed, and an mmcv that calls itself 2.2.0."""
    write_package(tmp_path, 'mmcv', __init__='__version__ = "2.2.0"')
    code = """
import warnings
import mmpose_lrfg
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    import mmdet
print(mmdet.__version__, sum('mmdet expects' in str(w.message) for w in caught))
"""
    version, warned = run(code, tmp_path).split()
    assert version[0] == '3' and warned == '1'
