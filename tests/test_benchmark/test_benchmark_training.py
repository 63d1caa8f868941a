"""The parts of loading and of a training step, on tiny images; no times, only their parts."""

import json
import shutil

import pytest
import toy_job


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    root = toy_job.write_data(tmp_path_factory.mktemp('steps'))
    (root / 'annotations').mkdir()
    for split in ('train', 'val'):
        shutil.copytree(root / 'images', root / split)
        shutil.copy(root / 'people.json', root / 'annotations' / f'{split}.json')
    return root


@pytest.mark.parametrize('size', [('64',), ('64', '128')], ids='x'.join)
def test_parts_make_the_whole(data, run_tool, tmp_path, capsys, size):
    out = tmp_path / 'step.json'
    models = ('lrfg-n6', 'yoloxpose-s', 'rtmo-s') if len(size) == 1 else ('lrfg-n6',)
    argv = ('--models', *models, '--img-size', *size, '--batch-size', 2, '--limit', 3)
    argv += ('--steps', 1, '--repetitions', 1, '--json', out, '--markdown', tmp_path / 'a.md')
    source = data if len(size) == 1 else data / 'annotations' / 'train.json'
    assert run_tool('benchmark training', *argv, '--data', source) == 0
    numbers = json.loads(out.read_text())
    printed = capsys.readouterr().out
    assert numbers['img_size'] == [64, int(size[-1])] and numbers['batch_size'] == 2
    stock = numbers['loading'][0]['images_per_second']
    assert [row['name'] for row in numbers['loading']] == ['stock', 'cached', 'uncached']
    for row in numbers['loading']:
        parts = row['milliseconds']
        assert set(parts) == {'load', 'augment', 'target', 'pack'}
        assert sum(parts.values()) == pytest.approx(1000 / row['images_per_second'])
        assert row['ratio'] == pytest.approx(row['images_per_second'] / stock)
    assert [row['name'] for row in numbers['steps']] == list(models)
    for row in numbers['steps']:
        times = row['milliseconds']
        parts = [times[part] for part in ('forward', 'loss', 'backward', 'optimizer')]
        assert min(parts) > 0 and times['data'] > 0
        assert sum(parts) == pytest.approx(times['step'])
        assert row['loss_share'] == pytest.approx(times['loss'] / times['step'])
        assert row['memory_mb'] is None, 'measured on a GPU only'
        # 80 epochs of 56,599 photographs, two a step.
        assert row['coco_hours'] == pytest.approx(times['step'] * 80 * 56599 / 2 / 3.6e6)
        assert row['name'] in printed and row['name'] in (tmp_path / 'a.md').read_text()
    assert numbers['steps'][0]['ratio'] == 1


@pytest.mark.parametrize(
    ('argv', 'message'),
    [
        (('--img-size', '100'), 'must be multiples of 64, got 100 x 100'),
        (('--models', 'yoloxpos-s.py'), 'does not exist'),
        (('--batch-size', '0'), 'must be a whole number in 1..4096'),
    ],
)
def test_wrong_arguments_are_one_sentence(data, run_tool, capsys, argv, message):
    assert run_tool('benchmark training', *argv, '--data', data) == 2
    assert message in capsys.readouterr().err
