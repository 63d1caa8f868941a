"""Version assertions of the neighbours become warnings; others stay."""

import types

import pytest

from mmpose_lrfg.compat.versions import warn_instead_of_assert

from .test_finder import run, write_package

MODULE = types.ModuleType('some_package')


def failing(message):
    def execute(module):
        module.ran = True
        raise AssertionError(message)

    return execute


def test_a_version_assertion_warns():
    with pytest.warns(UserWarning, match=r'some_package expects other versions: MMCV==2\.2\.0'):
        warn_instead_of_assert(failing('MMCV==2.2.0 is used but incompatible. Please ...'), MODULE)
    assert MODULE.ran


def test_another_assertion_fails():
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
