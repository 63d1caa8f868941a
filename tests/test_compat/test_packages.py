"""mmengine finds installed packages although setuptools has no ``pkg_resources`` any more."""

from importlib import metadata
from pathlib import Path

import pytest

from mmpose_lrfg.compat import packages

from .test_finder import run


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
    said = run(code).splitlines()
    assert said[0] == 'True True False' and said[3] == 'mmpose'
    assert [Path(path).name for path in said[1:3]] == ['mmpose', 'mmcv']
    assert all(Path(path, '__init__.py').is_file() for path in said[1:3])


@pytest.mark.parametrize('name', ['mmpose', 'mmengine', 'mmdet', 'mmcv', 'mmcv-lite', 'json'])
def test_the_answers_are_those_of_pkg_resources(name):
    pytest.importorskip('pkg_resources')
    from mmengine.utils import package_utils

    assert package_utils.is_installed is not packages.is_installed
    assert packages.is_installed(name) == package_utils.is_installed(name)
    assert packages.get_installed_path(name) == package_utils.get_installed_path(name)


def test_what_is_not_installed(tmp_path, monkeypatch):
    (tmp_path / 'bare_folder').mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert not packages.is_installed('no_such_package')
    assert not packages.is_installed('bare_folder')
    with pytest.raises(metadata.PackageNotFoundError):
        packages.get_installed_path('no_such_package')
    with pytest.raises(RuntimeError, match='bare_folder is a namespace package'):
        packages.get_installed_path('bare_folder')
