"""Networks trained under one budget, seed by seed, and the table of it."""

import json
import os
from pathlib import Path

import pytest
import toy_job
from mmengine.config import Config

from mmpose_lrfg.benchmark import ablation
from mmpose_lrfg.benchmark.ablation import ablate, plan
from mmpose_lrfg.benchmark.ablation_configs import Budget, find_networks
from mmpose_lrfg.engine.recipe import Changes
from mmpose_lrfg.utils.config_text import difference
from mmpose_lrfg.utils.configs import dicts_in
from mmpose_lrfg.utils.errors import EXIT_INTERRUPTED, UserError

ROOT = Path(__file__).parents[2]
ABLATION = ROOT / 'configs' / 'ablation'
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
    """Call ``ablate``, with a function in place of the processes that train."""

    def run(launch=None, resume=False, options=None, seeds=(0, 1), only=None):
        if launch:
            monkeypatch.setattr(ablation, 'launch', launch)
        networks = find_networks([str(toys)], only)
        budget = Budget(options=options or {})
        jobs = plan(networks, networks[-1], budget, seeds, tmp_path / 'out')
        ablate(jobs, {}, tmp_path / 'out', resume)

    return run


def rows(out):
    return json.loads((out / 'table.json').read_text())['rows']


def measured(config, folder):
    """Stands for a training: the wide network is better by 0.1, odd seeds are by 0.02."""
    wide, odd = 'wide' in str(folder), folder.name == 'seed1'
    logged = dict(iter=4, epoch=2, time=15.0)
    metrics = {'coco/AP': 0.3 + 0.1 * wide + 0.02 * odd, 'coco/AR': 0.5, 'step': 2}
    scalars = folder / '20260101_000000' / 'vis_data' / 'scalars.json'
    scalars.parent.mkdir(parents=True)
    scalars.write_text(f'{json.dumps(logged)}\n{json.dumps(metrics)}\n')
    return 0, ''


def test_killed_and_resumed_to_the_whole_table(start, tmp_path, capsys):
    out, codes = tmp_path / 'out', [0, -9, EXIT_INTERRUPTED]

    def killed_then_interrupted(config, folder):
        code = codes.pop(0)
        return (code, '') if code else measured(config, folder)

    with pytest.raises(KeyboardInterrupt):
        start(killed_then_interrupted)
    assert '--resume' in capsys.readouterr().err
    small, wide = rows(out)
    assert small['seeds'] == [0] and small['waiting'] == 1
    assert wide['failed'] == ['seed 0: its process ended with signal 9, probably out of memory']

    with pytest.raises(UserError, match=r'holds a training already; .*--resume'):
        start(measured)
    with pytest.raises(UserError, match='was trained with other settings'):
        start(measured, True, {'optim_wrapper.optimizer.lr': 2.0})

    again = []
    start(lambda c, f: again.append(str(f.relative_to(out / 'runs'))) or measured(c, f), True)
    # The seed changes slowest; what is done is not done again, what failed is.
    assert again == ['net2_wide/seed0', 'net1_small/seed1', 'net2_wide/seed1']
    small, wide = rows(out)
    assert small['seeds'] == wide['seeds'] == [0, 1] and not wide['failed']
    assert small['metrics']['AP']['mean'] == pytest.approx(0.31)
    assert small['metrics']['AP']['sd'] == pytest.approx(0.02 / 2**0.5)
    assert wide['gain']['mean'] == pytest.approx(0.1) and wide['gain']['sd'] == pytest.approx(0)
    assert small['gain'] is None and wide['params'] > small['params'] > 0
    lines = (out / 'table.md').read_text().splitlines()
    assert '41.00 ± 1.41' in lines[3] and '+10.00 ± 0.00 | 2 | 0 |' in lines[3]
    assert 'AP in paper' not in lines[0]
    start(lambda *_: pytest.fail('all is done'), True)


def test_a_training_continues_after_an_interruption_and_a_failure_has_a_reason(
    start, toys, tmp_path, monkeypatch
):
    path = [str(ROOT), str(ROOT / 'tests'), os.environ.get('PYTHONPATH', '')]
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join(path))
    (toys / 'net3_broken.py').write_text("_base_ = './net1_small.py'\nmodel = dict(chanels=1)\n")
    options = {'+model.stop_at': 3}  # SIGTERM in the second of two epochs
    folder = tmp_path / 'out/runs/net1_small/seed0'
    with pytest.raises(KeyboardInterrupt):
        start(options=options, seeds=[0], only=['net1', 'net3'])
    assert (folder / 'epoch_1.pth').is_file()
    # Its counter starts anew, and stays below 3.
    start(resume=True, options=options, seeds=[0], only=['net1', 'net3'])
    row, broken = rows(tmp_path / 'out')
    assert row['epochs'] == 2 and row['seeds'] == [0]
    assert 'unknown argument chanels' in broken['failed'][0] and broken['seeds'] == []


def test_the_networks_under_a_recipe_differ_only_in_their_design():
    changes = Changes(img_size=(192, 192), epochs=4)
    networks = find_networks([str(ABLATION)])
    jobs = plan(networks, networks[-1], Budget(changes, recipe=RECIPE), [7], Path('out'))
    models = {job.network: job.cfg.model.to_dict() for job in jobs}
    assert len(jobs) == 8 and len({job.text for job in jobs}) == 8
    full = models['net8_lrfg']
    assert full['backbone']['widen_factor'] == 0.25
    changed = difference(full, models['net7_sca_implicit'])
    assert changed == {'neck': {'spp': {'type': 'SPP'}}}
    cfg = jobs[0].cfg
    assert cfg.randomness.seed == 7 and cfg.train_cfg.max_epochs == cfg.train_cfg.val_interval == 4
    assert cfg.param_scheduler[0].end == 50  # a warm-up by iterations
    sides = {node[k] for node in dicts_in(cfg) for k in ('input_size', 'long_side') if k in node}
    assert sides == {(192, 192), 192}


def test_a_short_training_has_no_empty_part_of_the_schedule():
    (network,) = find_networks([str(ABLATION)], ['net8'])
    warm_up = dict(type='LinearLR', start_factor=0.1, end=3)
    cosine = dict(type='CosineAnnealingLR', begin=3, end=80, T_max=77)
    recipe = Config.fromfile(network)
    recipe.param_scheduler = [warm_up, cosine]
    budget = Budget(Changes(epochs=1), recipe='net8_lrfg')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('mmpose_lrfg.benchmark.ablation_configs.load_config', lambda *_: recipe)
        cfg = budget.apply(network, network)
    assert [part.type for part in cfg.param_scheduler] == ['LinearLR']


@pytest.mark.parametrize(
    ('names', 'only', 'message'),
    [
        ([str(ABLATION)], ['net88'], r'no network is called net88\. Did you mean net8'),
        (['requirements'], None, 'the folder requirements has no config'),
        ([str(ABLATION), 'net8_lrfg'], None, 'two networks are called net8_lrfg'),
        (['net8_lrgf'], None, 'Did you mean net8_lrfg.py'),
    ],
)
def test_unknown_networks(names, only, message, monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(UserError, match=message):
        find_networks(names, only)
