"""The report about an installation."""

import json

from mmpose_lrfg.cli import doctor
from mmpose_lrfg.cli.main import main


def test_versions_and_weights(tmp_path, capsys):
    assert main(['doctor', '--json', str(tmp_path / 'doctor.json')]) == 0
    found = {each['subject']: each for each in json.loads((tmp_path / 'doctor.json').read_text())}
    import mmpose

    assert f'mmpose {mmpose.__version__}' in found['MMPose']['details']
    assert found['weights s6']['status'] == 'ok'
    assert 'torch' in capsys.readouterr().out


def test_missing_package_has_a_fix(capsys, monkeypatch):
    monkeypatch.setattr(doctor, 'TASKS', [('magic', ('no_such_module',), "'mmpose_lrfg[magic]'")])
    assert main(['doctor']) == 0
    assert "pip install 'mmpose_lrfg[magic]'" in capsys.readouterr().out


def test_damaged_weights_are_an_error(monkeypatch, tmp_path):
    from mmpose_lrfg import weights

    monkeypatch.setattr(weights, 'FOLDER', tmp_path)
    assert main(['doctor']) == 1
