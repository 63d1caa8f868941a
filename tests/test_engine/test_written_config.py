"""Configs written for a command line."""

import json

import cards
import pytest

from mmpose_lrfg.datasets.user_data import UserData
from mmpose_lrfg.engine.recipe import Changes, apply, mean_keypoints, prepare, write_config
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.weights import N6

ROOT = cards.CONFIG.parents[2]
METAINFO = str(ROOT / 'configs' / 'examples' / 'cards_metainfo.py')
N6_CONFIG = str(ROOT / 'configs' / 'examples' / 'finetune_n6.py')
S6_CONFIG = str(ROOT / 'configs' / 'lrfg' / 'lrfg-s6_1xb32-80e_coco-640.py')


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    root = cards.write_cards(tmp_path_factory.mktemp('data') / 'cards')
    files = [str(root / name) for name in ('annotations/train.json', 'train')]
    files += [str(root / name) for name in ('annotations/val.json', 'val')]
    return UserData(*files, metainfo=METAINFO)


def test_written_config_has_all_changes_and_no_more(data, tmp_path):
    changes = Changes(data, 'n6', (128, 192), epochs=20, batch_size=2, workers=0, seed=3, lr=0.1)
    path = write_config(tmp_path / 'config.py', N6_CONFIG, changes, 'comment')
    cfg, base = load_config(str(path)), load_config(N6_CONFIG)
    assert cfg.model.neck == base.model.neck
    assert cfg.model.head.metainfo == cfg.test_dataloader.dataset.metainfo
    assert cfg.train_dataloader.dataset.ann_file == data.train_ann
    assert cfg.val_evaluator.ann_file == data.val_ann
    assert cfg.val_dataloader.dataset.pipeline[1].input_size == (192, 128)
    assert (cfg.train_cfg.max_epochs, cfg.train_cfg.val_interval) == (20, 2)
    assert cfg.param_scheduler[0] == base.param_scheduler[0]  # a warm-up by iterations
    assert cfg.load_from == str(N6.path())
    assert (cfg.optim_wrapper.optimizer.lr, cfg.randomness.seed) == (0.1, 3)
    assert cfg.train_dataloader.batch_size == 2
    assert len(path.read_text().splitlines()) < 150


def test_the_rate_is_lower_where_all_keypoints_start_from_the_weights(tmp_path):
    root = cards.write_cards(tmp_path / 'cards')
    rates = {}
    for names in (cards.NAMES, ('left_hip', 'right_hip', 'right_knee', 'left_knee')):
        for path in (root / 'annotations').glob('*.json'):
            content = json.loads(path.read_text())
            for category in content['categories']:
                category['keypoints'] = names
            path.write_text(json.dumps(content))
        written = prepare(None, str(tmp_path / names[0]), str(root), weights='n6')
        rates[names[0]] = load_config(str(written)).optim_wrapper.optimizer.lr
    assert rates == {cards.NAMES[0]: 2e-3, 'left_hip': 5e-4}
    text = (tmp_path / 'left_hip' / 'config.py').read_text()
    assert f'--weights n6 --out {tmp_path / "left_hip"}' in text.splitlines()[0]


def test_batches_are_not_larger_than_the_data(data):
    cfg = load_config(N6_CONFIG)
    apply(cfg, Changes(data))
    assert cfg.train_dataloader.batch_size == 4


@pytest.mark.parametrize('batch_size, steps', [(8, 8), (32, 2), (64, 1), (100, 1)])
def test_images_per_step_stay_the_same(batch_size, steps):
    cfg = load_config(S6_CONFIG)
    apply(cfg, Changes(batch_size=batch_size))
    assert cfg.optim_wrapper.accumulative_counts == steps


def test_few_epochs_shorten_the_warm_up_and_leave_out_empty_parts_of_a_schedule():
    cfg = load_config(S6_CONFIG)
    apply(cfg, Changes(epochs=5))
    assert cfg.custom_hooks[0].epochs == 0.5
    parts = [dict(type='LinearLR', begin=0, end=2), dict(type='CosineAnnealingLR', begin=2, end=5)]
    cfg.param_scheduler = parts
    apply(cfg, Changes(epochs=10))
    assert [(part.begin, part.end) for part in cfg.param_scheduler] == [(0, 4), (4, 10)]
    apply(cfg, Changes(epochs=1))
    assert [(part.type, part.end) for part in cfg.param_scheduler] == [('LinearLR', 1)]


def test_mean_keypoints():
    people = [
        dict(bbox=[10, 20, 4, 8], keypoints=[10, 20, 2, 14, 28, 1, 0, 0, 0]),
        dict(bbox=[0, 0, 2, 2], keypoints=[1, 1, 2, 0, 0, 0, 0, 0, 0]),
        dict(bbox=[0, 0, 2, 2], keypoints=[9, 9, 2] * 3, iscrowd=1),
    ]
    assert mean_keypoints(dict(annotations=people)) == [(-0.25, -0.25), (0.5, 0.5), (0, 0)]
