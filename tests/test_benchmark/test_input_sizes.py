"""Accuracy by the size of the input: what is measured, and what is not measured twice."""

import json
import shutil
from pathlib import Path

import labelled_people as people
import pytest
import tiny_network
import torch

from mmpose_lrfg.benchmark import input_sizes
from mmpose_lrfg.benchmark.evaluation import evaluate_entry
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture
def data(tmp_path):
    people.write(tmp_path / 'set', [[people.person(80, 60)], [people.person(60, 70)]])
    annotations = tmp_path / 'set' / 'annotations'
    shutil.copy(annotations / 'val.json', annotations / 'train.json')
    shutil.copytree(tmp_path / 'set' / 'val', tmp_path / 'set' / 'train')
    return tmp_path / 'set'


@pytest.fixture
def network(tmp_path):
    config = tiny_network.write_config(tmp_path / 'tiny.py')
    Path(config).write_text(f'{Path(config).read_text()}test_cfg = dict()\n')
    return config, tiny_network.write_checkpoint(tmp_path / 'tiny.pth', config)


def test_every_size_is_measured_once(network, data, tmp_path, run_tool, capsys, monkeypatch):
    out = tmp_path / 'out'
    args = (*network, '--data', data, '--out', out, '--shape')
    assert run_tool('test_sizes', *args, 64, 128, '--flip', 'no') == 0
    rows = json.loads((out / 'table.json').read_text())['rows']
    assert [(row['side'], row['flip']) for row in rows] == [(64, False), (128, False)]
    assert all(0 <= row['metrics']['OKS left_wrist'] <= 1 for row in rows)
    assert '128: AP 0.' in capsys.readouterr().out
    assert (out / 'keypoints.md').read_text().count('\n') == 2 + 17

    measured = []

    def evaluate(cfg, checkpoint, work_dir, name):
        measured.append(name)
        return dict(rows[0]['metrics'], AP=0.5)

    monkeypatch.setattr(input_sizes, 'evaluate_checkpoint', evaluate)
    assert run_tool('test_sizes', *args, 64, 128) == 0
    assert measured == ['tiny_64_flip', 'tiny_128_flip']
    assert (out / 'table.md').read_text().count('| 0.500 |') == 2
    # Another size: what was measured before stays beside it.
    assert run_tool('test_sizes', *args, 192, '--flip', 'no') == 0
    sides = [line.split(' |')[0] for line in (out / 'table.md').read_text().splitlines()[2:]]
    assert sides == ['| 64', '| 64', '| 128', '| 128', '| 192']
    # Other weights: what was measured does not hold for them.
    content = torch.load(network[1], weights_only=True)
    torch.save(dict(content, meta=dict(other=1)), network[1])
    assert run_tool('test_sizes', *args, 64, '--flip', 'no') == 0
    assert measured[3:] == ['tiny_64']


def test_the_config_of_a_size(network):
    cfg = input_sizes.make_config(network[0], 256, True)
    resize = cfg.test_dataloader.dataset.pipeline[1]
    assert resize.input_size == (256, 256) and cfg.model.test_cfg.flip_test
    assert cfg.test_evaluator.per_keypoint


def test_mistakes_come_before_anything_is_measured(network, tmp_path, run_tool, capsys):
    args = (*network, '--out', tmp_path / 'out', '--shape')
    assert run_tool('test_sizes', *args, 128, 100) == 2
    assert 'got 100 x 100' in capsys.readouterr().err
    assert run_tool('test_sizes', network[0], tmp_path / 'tyni.pth') == 2
    assert 'tiny.pth' in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()


def test_an_entry_is_evaluated_on_other_data(network, data, tmp_path):
    config, checkpoint = network
    entry = Entry('tiny', 'Tiny', 'one-stage', (128, 128), config=config)
    dataset = dict(
        data_root=str(data), ann_file='annotations/val.json', data_prefix=dict(img='val/')
    )
    other = tmp_path / 'data.py'
    other.write_text(f'test_dataloader = dict(dataset={dataset})\n')
    found = evaluate_entry(entry, checkpoint, str(other))
    assert 0 <= found.ap <= 100 and found.images == 'val.json' and not found.true_boxes
    assert str(found) == 'measured here: val.json, no flip'
    with pytest.raises(UserError, match='no test_dataloader'):
        other.write_text('')
        evaluate_entry(entry, checkpoint, str(other))
