import importlib.util
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(monkeypatch):
    """Run the command in this process; a new one would import everything again."""
    spec = importlib.util.spec_from_file_location('model_stats', ROOT / 'tools/model_stats.py')
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    monkeypatch.chdir(ROOT)

    def call(*args):
        monkeypatch.setattr(sys, 'argv', ['model_stats.py', *map(str, args)])
        return tool.main()

    return call


def test_table_and_json(run, tmp_path, capsys):
    out = tmp_path / 'stats.json'
    configs = ['net8_lrfg', ROOT / 'configs/ablation/net7_sca_implicit.py']
    assert run(*configs, '--shape', 64, 128, '--json', out) == 0
    rows = json.loads(out.read_text())
    assert [row['config'] for row in rows] == [str(config) for config in configs]
    assert [round(row['params'] / 1e6, 1) for row in rows] == [19.5, 13.1]
    assert rows[0]['shape'] == [64, 128] and rows[0]['macs'] > rows[1]['macs'] > 0
    assert set(rows[0]['parts']) == {'backbone', 'neck', 'head'}
    table = capsys.readouterr().out
    assert '19.52' in table and '66.4' in table


def test_user_errors(run, capsys):
    assert run('net9_lrfg') == 2
    assert 'error: net9_lrfg: config net9_lrfg does not exist' in capsys.readouterr().err
    for wrong in ([], ['1', '2', '3'], ['0']):
        with pytest.raises(SystemExit) as stop:
            run('net8_lrfg', '--shape', *wrong)
        assert stop.value.code == 2
