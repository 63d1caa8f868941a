"""``lrfg train`` with a data set instead of a config."""

import itertools

import cards
import pytest

from mmpose_lrfg.cli.main import main
from mmpose_lrfg.utils.config_files import load_config

numbers = itertools.count()


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    return cards.write_cards(tmp_path_factory.mktemp('data') / 'cards')


def train(*args):
    name = f'+experiment_name=command{next(numbers)}'
    return main(['train', *map(str, args), '--cfg-options', name])


def test_training_evaluating_and_resuming_on_own_data(data, tmp_path, capsys):
    options = '--data', data, '--weights', 'n6', '--img-size', 64, '--workers', 0
    folder = '--out', tmp_path / 'work'
    assert train(*options, *folder, '--epochs', 1, '--batch-size', 2) == 0
    config = tmp_path / 'work' / 'config.py'
    assert str(config) in capsys.readouterr().err
    cfg = load_config(str(config))
    assert cfg.train_dataloader.batch_size == 2
    assert (tmp_path / 'work' / 'resolved_config.py').is_file()
    assert train(*options, *folder, '--epochs', 2, '--resume') == 0
    assert (tmp_path / 'work' / 'epoch_2.pth').is_file()
    checkpoint = str(tmp_path / 'work' / 'epoch_2.pth')
    argv = ['val', str(config), checkpoint, '--data', str(data), '--flip-test', '--workers', '0']
    metrics = tmp_path / 'metrics.json'
    assert main([*argv, '--work-dir', str(tmp_path / 'val'), '--out', str(metrics)]) == 0
    assert 'coco/AP' in metrics.read_text()
