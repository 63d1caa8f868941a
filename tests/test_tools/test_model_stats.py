import json
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_table_and_json(run_tool, tmp_path, capsys):
    out = tmp_path / 'stats.json'
    configs = ['net8_lrfg', ROOT / 'configs/ablation/net7_sca_implicit.py']
    assert run_tool('model_stats', *configs, '--shape', 64, 128, '--json', out) == 0
    rows = json.loads(out.read_text())
    assert [row['config'] for row in rows] == [str(config) for config in configs]
    assert [round(row['params'] / 1e6, 1) for row in rows] == [19.5, 13.1]
    assert rows[0]['shape'] == [64, 128] and rows[0]['macs'] > rows[1]['macs'] > 0
    assert set(rows[0]['parts']) == {'backbone', 'neck', 'head'}
    table = capsys.readouterr().out
    assert '19.52' in table and '66.4' in table


def test_user_errors(run_tool, capsys):
    assert run_tool('model_stats', 'net9_lrfg') == 2
    assert 'error: net9_lrfg: config net9_lrfg does not exist' in capsys.readouterr().err
    for wrong in ([], ['1', '2', '3'], ['0']):
        assert run_tool('model_stats', 'net8_lrfg', '--shape', *wrong) == 2
