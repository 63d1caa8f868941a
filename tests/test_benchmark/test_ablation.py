"""Networks trained under one budget, seed by seed, and the table of it."""

import csv
import json
import shutil
from pathlib import Path

import pytest
import toy_job
from mmengine.config import Config

from mmpose_lrfg.benchmark import ablation_job
from mmpose_lrfg.benchmark.ablation import ablate, plan
from mmpose_lrfg.benchmark.ablation_job import run_job
from mmpose_lrfg.benchmark.config_changes import (
    Budget,
    difference,
    find_networks,
    overlay,
    set_epochs,
)
from mmpose_lrfg.utils.configs import dicts_in
from mmpose_lrfg.utils.errors import EXIT_INTERRUPTED, UserError

ABLATION = Path(__file__).parents[2] / 'configs' / 'ablation'
RECIPE = 'lrfg-n6_1xb8-8e_people-320'


@pytest.fixture
def toys(tmp_path):
    """Configs of two toy networks in a folder."""
    data = toy_job.write_data(tmp_path / 'data')
    (tmp_path / 'nets').mkdir()
    base = toy_job.write_config(tmp_path / 'toy.py', data)
    for name, extra in (('net1_small', ''), ('net2_wide', 'model = dict(channels=8)\n')):
        (tmp_path / 'nets' / f'{name}.py').write_text(f'_base_ = {str(base)!r}\n{extra}')
    return tmp_path / 'nets'


@pytest.fixture
def start(toys, tmp_path, monkeypatch):
    """Call ``ablate`` with a function in place of the processes that train."""

    def run(launch, resume=False, options=None, seeds=(0, 1), only=None):
        monkeypatch.setattr(ablation_job, 'launch', launch)
        networks = find_networks([str(toys)], only)
        budget = Budget(epochs=None if only else 1, options=options or {})
        return ablate(networks, networks[-1], budget, seeds, tmp_path / 'out', resume)

    return run


def rows(out):
    return json.loads((out / 'table.json').read_text())['rows']


def measured(folder):
    """Stands for a training: the wide network is better by 0.1, odd seeds are by 0.02."""
    wide, odd = 'wide' in str(folder), folder.name == 'seed1'
    metrics = {'coco/AP': 0.3 + 0.1 * wide + 0.02 * odd, 'coco/AR': 0.5}
    outcome = dict(metrics=metrics, params=1_500_000, epochs=1, seconds=60.0)
    (folder / 'outcome.json').write_text(json.dumps(outcome))
    return 0


def test_killed_and_resumed_to_the_whole_table(start, tmp_path, capsys):
    out, codes = tmp_path / 'out', [None, -9, EXIT_INTERRUPTED]

    def killed_then_interrupted(folder):
        code = codes.pop(0)
        return measured(folder) if code is None else code

    with pytest.raises(KeyboardInterrupt):
        start(killed_then_interrupted)
    assert '--resume' in capsys.readouterr().err
    small, wide = rows(out)
    assert small['seeds'] == [0] and small['waiting'] == 1
    assert wide['failed'] == ['seed 0: its process ended with signal 9, probably out of memory']

    with pytest.raises(UserError, match=r'holds a training already; .*--resume'):
        start(measured)
    with pytest.raises(UserError, match=r"other settings, e\.g\. .*'lr': 1\.0.*'lr': 2\.0"):
        start(measured, True, {'optim_wrapper.optimizer.lr': 2.0})

    again = []
    written = start(lambda f: again.append(str(f.relative_to(out / 'runs'))) or measured(f), True)
    # The seed changes slowest; what is done is not done again, what failed is.
    assert again == ['net2_wide/seed0', 'net1_small/seed1', 'net2_wide/seed1']
    small, wide = rows(out)
    assert small['seeds'] == wide['seeds'] == [0, 1] and not wide['failed']
    assert small['metrics']['AP']['mean'] == pytest.approx(0.31)
    assert small['metrics']['AP']['sd'] == pytest.approx(0.02 / 2**0.5)
    assert wide['gain']['mean'] == pytest.approx(0.1) and wide['gain']['sd'] == pytest.approx(0)
    assert small['gain'] is None
    with written[1].open(newline='') as file:
        table = list(csv.DictReader(file))
    assert [line['network'] for line in table] == ['net1_small', 'net2_wide']
    assert table[1]['AP (%)'] == '41.00 ± 1.41' and table[1]['gain in AP'] == '+10.00 ± 0.00'
    assert float(table[1]['params (M)']) == 1.5 and table[1]['seeds'] == '2'
    assert 'AP in paper' not in table[0] and 'epochs: 1' in written[0].read_text()
    start(lambda folder: pytest.fail('all is done'), True)


def test_a_training_goes_on_where_it_was_killed(start, tmp_path):
    options = {'+model.stop_at': 3}  # SIGTERM in the second of two epochs
    folder = tmp_path / 'out/runs/net1_small/seed0'
    with pytest.raises(KeyboardInterrupt):
        start(run_job, options=options, seeds=[0], only=['net1'])
    assert (folder / 'epoch_1.pth').is_file() and not (folder / 'outcome.json').exists()
    # Its counter starts anew, and stays below 3.
    start(run_job, True, options, seeds=[0], only=['net1'])
    (row,) = rows(tmp_path / 'out')
    assert row['epochs'] == 2 and row['seeds'] == [0]


def test_what_fails_leaves_a_row_with_the_reason(start, toys, tmp_path):
    (toys / 'net3_broken.py').write_text("_base_ = './net1_small.py'\nmodel = dict(chanels=1)\n")
    written = start(lambda f: (run_job if 'broken' in str(f) else measured)(f), seeds=[0])
    assert [len(row['seeds']) for row in rows(tmp_path / 'out')] == [1, 1, 0]
    assert 'unknown argument chanels' in written[0].read_text()


def test_the_networks_under_a_recipe_differ_only_in_their_design():
    budget = Budget(recipe=RECIPE, shape=192, epochs=4)
    networks = find_networks([str(ABLATION)])
    jobs = plan(networks, networks[-1], budget, [7], Path('out'))
    models = {job.network: Config.fromstring(job.text, '.py').model for job in jobs}
    assert len(jobs) == 8 and len({job.text for job in jobs}) == 8
    full = models['net8_lrfg']
    assert full['backbone']['widen_factor'] == 0.25
    assert difference(full, models['net7_sca_implicit']) == {'neck': {'spp': {'type': 'SPP'}}}
    assert [''.join('x' if on else '-' for on in job.modules.values()) for job in jobs] == [
        '---', 'x--', '-x-', '--x', 'xx-', 'x-x', '-xx', 'xxx',
    ]  # fmt: skip
    cfg = Config.fromstring(jobs[0].text, '.py')
    assert cfg.randomness.seed == 7 and cfg.train_cfg.max_epochs == 4
    assert cfg.param_scheduler[1].T_max == 4 and cfg.param_scheduler[0].end == 50
    sides = {node[k] for node in dicts_in(cfg) for k in ('input_size', 'long_side') if k in node}
    assert sides == {(192, 192), 192}
    sized = Budget(size='l6').apply(networks[0], networks[-1]).model
    assert sized.backbone.deepen_factor == 1 and sized.head.head_module.widen_factor == 1


def test_times_in_epochs_shrink_together():
    (network,) = find_networks([str(ABLATION)], ['net8'])
    cfg = Budget(epochs=8).apply(network, network)
    assert cfg.custom_hooks[0].epochs == 1 and cfg.train_cfg.val_interval == 8
    assert 'T_max' not in cfg.param_scheduler[0]  # to the last epoch, however many there are
    warm_up = dict(type='LinearLR', start_factor=0.1, end=3)
    cosine = dict(type='CosineAnnealingLR', begin=3, end=80, T_max=77)
    options = {'param_scheduler': [warm_up, cosine]}
    for epochs, ends in ((8, (1, 1, 8, 7)), (160, (6, 6, 160, 154)), (1, None)):
        cfg = Budget(options=options).apply(network, network)
        set_epochs(cfg, epochs)
        if ends is None:
            assert [s.type for s in cfg.param_scheduler] == ['LinearLR']
        else:
            rise, fall = cfg.param_scheduler
            assert (rise.end, fall.begin, fall.end, fall.T_max) == ends


@pytest.mark.parametrize(
    ('images', 'annotations'), [('{}', '{}.json'), ('{}2017', 'person_keypoints_{}2017.json')]
)
def test_data_in_either_layout(tmp_path, images, annotations):
    (tmp_path / 'annotations').mkdir()
    (network,) = find_networks([str(ABLATION)], ['net3'])
    with pytest.raises(UserError, match='has no train set'):
        Budget(data=str(tmp_path)).apply(network, network)
    for split in ('train', 'val'):
        (tmp_path / images.format(split)).mkdir()
        shutil.copy(__file__, tmp_path / 'annotations' / annotations.format(split))
    cfg = Budget(data=str(tmp_path)).apply(network, network)
    dataset = cfg.val_dataloader.dataset
    assert dataset.data_root == str(tmp_path)
    assert dataset.data_prefix.img == images.format('val') + '/'
    assert dataset.ann_file == f'annotations/{annotations.format("val")}'
    assert cfg.test_evaluator.ann_file == str(tmp_path / dataset.ann_file)


@pytest.mark.parametrize(
    ('names', 'only', 'message'),
    [
        ([str(ABLATION)], ['net88'], r'no network is called net88\. Did you mean net8'),
        (['docs'], None, 'the folder docs has no config'),
        ([str(ABLATION), 'net8_lrfg'], None, 'two networks are called net8_lrfg'),
        (['net8_lrgf'], None, 'Did you mean net8_lrfg.py'),
    ],
)
def test_unknown_networks(names, only, message, monkeypatch):
    monkeypatch.chdir(ABLATION.parents[1])
    with pytest.raises(UserError, match=message):
        find_networks(names, only)


def test_differences_overlay():
    base = dict(a=1, b=dict(c=2, d=(3,)), e=5)
    other = dict(a=1, b=dict(c=2, d=()), f=dict(g=1), e=None)
    assert difference(base, other) == dict(b=dict(d=()), f=dict(g=1), e=None)
    assert overlay(base, difference(base, other)) == other
    with pytest.raises(UserError, match='got 200 x 200; the nearest is 192 x 192'):
        Budget(shape=200).apply(ABLATION / 'net8_lrfg.py', ABLATION / 'net8_lrfg.py')
