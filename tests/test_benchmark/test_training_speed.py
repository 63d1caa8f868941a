"""The parts of a training step, on tiny pictures; no times, only what they consist of."""

import json

import pytest
import toy_job


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    root = toy_job.write_data(tmp_path_factory.mktemp('steps'))
    (root / 'images').rename(root / 'train')
    (root / 'annotations').mkdir()
    (root / 'people.json').rename(root / 'annotations' / 'train.json')
    return root


@pytest.mark.parametrize('shape', [('64',), ('64', '128')], ids='x'.join)
def test_parts_make_the_step(data, run_tool, tmp_path, capsys, shape):
    out = tmp_path / 'step.json'
    models = ('lrfg-n6', 'yoloxpose-s', 'rtmo-s') if len(shape) == 1 else ('lrfg-n6',)
    argv = ('--models', *models, '--shape', *shape, '--batch', 2)
    argv += ('--steps', 1, '--repetitions', 1)
    assert run_tool('benchmark_train', *argv, '--data', data, '--json', out) == 0
    numbers = json.loads(out.read_text())
    printed = capsys.readouterr().out
    assert numbers['shape'] == [64, int(shape[-1])] and list(numbers['models']) == list(models)
    for name, row in numbers['models'].items():
        times = row['milliseconds']
        parts = [times[part] for part in ('forward', 'loss', 'backward', 'optimizer')]
        assert min(parts) > 0 and times['data'] > 0
        assert sum(parts) == pytest.approx(times['step'])
        assert row['loss_share'] == pytest.approx(times['loss'] / times['step'])
        # Gradients alone take as much as the weights.
        assert row['memory_mb'] > 4 * row['parameters'] / 2**20
        assert name in printed
        # 80 epochs of 56,599 photographs, two a step.
        assert row['coco_hours'] == pytest.approx(times['step'] * 80 * 56599 / 2 / 3.6e6)
    assert numbers['models']['lrfg-n6']['ratio'] == 1


@pytest.mark.parametrize(
    ('argv', 'message'),
    [
        (('--shape', '100'), 'multiples of 64, got (100, 100)'),
        (('--models', 'yoloxpos-s.py'), 'does not exist'),
        (('--batch', '0'), 'must be a whole number in 1..4096'),
    ],
)
def test_wrong_arguments_are_one_sentence(data, run_tool, capsys, argv, message):
    assert run_tool('benchmark_train', *argv, '--data', data) == 2
    assert message in capsys.readouterr().err
