"""What mim and ``mmpose_lrfg::`` look for is in the wheel, and can be found by its name."""

import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

from mmpose_lrfg.deploy.web import PAGE

ROOT = Path(__file__).parents[2]


def test_base_names_of_configs_are_unique():
    """mim looks a config up by base name and refuses to choose."""
    names = Counter(path.name for path in (ROOT / 'configs').rglob('*.py'))
    assert [name for name, count in names.items() if count > 1] == []


def test_wheel_carries_configs_and_tools(tmp_path):
    # From a copy: building writes into the checkout.
    source = tmp_path / 'source'
    ignored = shutil.ignore_patterns('__pycache__', '.mim', '*.egg-info', 'node_modules')
    for name in ('mmpose_lrfg', 'configs', 'tools', 'requirements'):
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ('setup.py', 'pyproject.toml', 'README.md', 'LICENSE', 'model-index.yml'):
        shutil.copy(ROOT / name, source)
    stale = source / 'build' / 'lib' / 'mmpose_lrfg' / '.mim' / 'configs' / 'gone.py'
    stale.parent.mkdir(parents=True)
    stale.touch()
    pip = [sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-deps', '--no-build-isolation']
    subprocess.run([*pip, '--disable-pip-version-check', '-w', tmp_path, source], check=True)
    wheel = zipfile.ZipFile(next(tmp_path.glob('*.whl')))
    names = set(wheel.namelist())
    for folder in ('configs', 'tools'):
        files = (path for path in (ROOT / folder).rglob('*') if path.is_file())
        expected = {str(p.relative_to(ROOT)) for p in files if '__pycache__' not in p.parts}
        assert {f'mmpose_lrfg/.mim/{name}' for name in expected} <= names
    assert 'mmpose_lrfg/.mim/model-index.yml' in names
    assert {f'mmpose_lrfg/web/{name}' for name in ('package.json', *PAGE)} <= names
    assert 'mmpose_lrfg/.mim/configs/gone.py' not in names, 'left over from an earlier build'
    mode = wheel.getinfo('mmpose_lrfg/.mim/tools/dist_train.sh').external_attr >> 16
    assert mode & 0o111, 'scripts stay executable'
