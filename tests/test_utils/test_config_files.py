"""Finding and reading configs."""

import pytest
from mmengine.config import Config

from mmpose_lrfg.utils.config_files import find_config, load_config
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture
def configs(tmp_path, monkeypatch):
    """A working directory with configs/a/net.py and configs/b/twice.py, configs/c/twice.py."""
    for name in ('a/net', 'b/twice', 'c/twice'):
        path = tmp_path / 'configs' / f'{name}.py'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('x = 1\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path / 'configs'


@pytest.mark.parametrize(
    'name', ['configs/a/net.py', 'net.py', 'net', 'a/net.py', 'mmpose_lrfg::a/net.py']
)
def test_names_of_a_config(configs, name):
    assert find_config(name).resolve() == configs / 'a' / 'net.py'
    assert load_config(name).x == 1


def test_a_name_that_is_not_there(configs):
    with pytest.raises(UserError, match=r'does not exist .*Did you mean net\.py'):
        find_config('nett.py')
    with pytest.raises(UserError, match='is a folder'):
        find_config('configs')
    with pytest.raises(UserError, match='not unique'):
        find_config('twice.py')
    assert find_config('b/twice.py')


def test_package_prefix_works_as_a_base(tmp_path):
    """Needs the installed package, whose pointer files or copies the prefix resolves to."""
    path = tmp_path / 'child.py'
    path.write_text("_base_ = 'mmpose_lrfg::_base_/default_runtime.py'\n")
    assert Config.fromfile(path).custom_imports.imports == ['mmpose_lrfg.register']


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('a = 1\nb = [\n', r'SyntaxError: .*line 2'),
        ('import sys\nsys.exit(0)\n', r'calls sys\.exit \(line 2 of .*\.py\)'),
        ('raise SystemExit\n', r'calls sys\.exit \(line 1 of .*\.py\)'),
        ('a = 1\nb = c\n', r"NameError: name 'c' .*line 2 of .*bad\.py"),
        ("_base_ = './none.py'\n", r'No such file.*none\.py'),
        ("custom_imports = dict(imports=['no_such_module'])", "No module named 'no_such_module'"),
    ],
)
def test_configs_that_do_not_parse(tmp_path, text, reason):
    path = tmp_path / 'bad.py'
    path.write_text(text)
    with pytest.raises(UserError, match=reason):
        load_config(str(path))


def test_a_config_elsewhere_builds_on_ours(tmp_path):
    """mmengine marks what comes from 'mmpose_lrfg::' with a scope that no registry has."""
    path = tmp_path / 'mine.py'
    path.write_text("_base_ = ['mmpose_lrfg::lrfg/lrfg-n6_1xb8-8e_people-320.py']\n")
    cfg = load_config(str(path))
    assert cfg.model.head.type == 'YOLOPoseHead'
    assert '_scope_' not in cfg.pretty_text
