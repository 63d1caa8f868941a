import json

import pytest
import toy_job


def test_measures_all_in_one_run(run_tool, tmp_path, capsys):
    toy_job.write_data(tmp_path)
    out = tmp_path / 'speed.json'
    data = ['--data', tmp_path, '--ann', 'people.json', '--images', 'images/']
    few = ['--size', 64, '--number', 3, '--repetitions', 1]
    assert run_tool('benchmark_pipeline', *data, *few, '--json', out) == 0
    report = json.loads(out.read_text())
    speeds = {speed['name']: speed for speed in report['speeds']}
    stock = speeds['stock']['images_per_second']
    for speed in speeds.values():
        assert speed['ratio'] == pytest.approx(speed['images_per_second'] / stock)
    assert len(speeds) == 4 and report['images'] == 3 and report['size'] == [64, 64]
    assert report['cache_mb'] >= 0 and report['peak_memory_mb'] > 10
    assert 'from the cache' in capsys.readouterr().out


def test_names_what_is_wrong(run_tool, tmp_path, capsys):
    assert run_tool('benchmark_pipeline', '--data', tmp_path / 'none') == 2
    assert 'does not exist' in capsys.readouterr().err
    assert run_tool('benchmark_pipeline') == 2
    assert 'give either' in capsys.readouterr().err
