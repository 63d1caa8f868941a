"""Evaluation of a checkpoint of one of the models on a data set."""

import shutil
from pathlib import Path

import labelled_people as people
import pytest
import tiny_network

from mmpose_lrfg.benchmark.evaluation import evaluate_entry
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.utils.errors import UserError


def test_an_entry_is_evaluated_on_other_data(tmp_path):
    people.write(tmp_path / 'set', [[people.person(80, 60)], [people.person(60, 70)]])
    annotations = tmp_path / 'set' / 'annotations'
    shutil.copy(annotations / 'val.json', annotations / 'train.json')
    shutil.copytree(tmp_path / 'set' / 'val', tmp_path / 'set' / 'train')
    config = tiny_network.write_config(tmp_path / 'tiny.py')
    Path(config).write_text(f'{Path(config).read_text()}test_cfg = dict()\n')
    checkpoint = tiny_network.write_checkpoint(tmp_path / 'tiny.pth', config)
    entry = Entry('tiny', 'Tiny', 'one-stage', (128, 128), config=config)
    found = evaluate_entry(entry, checkpoint, str(tmp_path / 'set'), (64, 64))
    assert 0 <= found.ap <= 100 and found.source == 'this benchmark: set, no flip'
    with pytest.raises(UserError, match='absent'):
        evaluate_entry(entry, checkpoint, str(tmp_path / 'absent'))
