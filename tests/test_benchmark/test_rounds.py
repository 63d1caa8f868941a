"""Rounds, rows and reports, with stand-ins for the processes."""

import csv
import io
import json

import numpy as np
import pytest
from rich.console import Console
from stand_ins import FakeWorker

from mmpose_lrfg.benchmark.speed import plots, report, session, sweep
from mmpose_lrfg.benchmark.speed.processes import WorkerError
from mmpose_lrfg.benchmark.speed.rounds import Rounds
from mmpose_lrfg.benchmark.speed.rows import timing
from mmpose_lrfg.benchmark.speed.session import run, together
from mmpose_lrfg.benchmark.speed.settings import Settings
from mmpose_lrfg.benchmark.zoo import select
from mmpose_lrfg.utils.errors import UserError

NAMES = ('net8_lrfg', 'rtmo-s', 'openpose-vgg19')


@pytest.fixture(autouse=True)
def blank_pictures(monkeypatch):
    class Blank:
        def save(self, path):
            path.touch()

    monkeypatch.setattr(session, 'take_picture', lambda people, size: Blank())


def measure(names=NAMES, broken=(), diary=None, **settings):
    settings = Settings(entries=select(names), **{'rounds': 3, **settings})
    diary = [] if diary is None else diary
    return run(settings, lambda: FakeWorker(diary, broken)), settings


def test_every_round_has_every_model_and_begins_with_another():
    turns = []

    class Noting:
        def __init__(self, name):
            self.name = name

        def ask(self, **request):
            turns.append(self.name)
            return dict(seconds=1.0)

    rounds = Rounds({name: Noting(name) for name in 'abc'})
    answers = rounds.run({name: [dict(do='network')] for name in 'abc'}, rounds=2)
    assert ''.join(turns) == 'abc' + 'bca' + 'cab'
    # The first round does not count.
    assert {name: len(found[0]) for name, found in answers.items()} == dict(a=2, b=2, c=2)


def test_rows_have_what_was_measured():
    (ours, rtmo, openpose), _ = measure(batches=(1, 8), people=(0, 5))
    assert ours.network[1].median == pytest.approx(100)
    assert ours.network[8].median == pytest.approx(800)
    assert (rtmo.poses[5].median, rtmo.poses[5].found) == (pytest.approx(300), 5)
    assert rtmo.poses[5].ratio == pytest.approx(1.5)
    assert rtmo.poses[5].post_share == pytest.approx(0.1)
    assert rtmo.image_shape == (64, 96)
    assert openpose.poses == {} and openpose.no_poses == 'network only'
    assert openpose.network[1].median == pytest.approx(300)


def test_ratios_are_of_the_same_rounds():
    # The machine was three times slower in the second round, for both.
    found = timing([2.0, 6.0, 2.2], reference=[1.0, 3.0, 1.0])
    assert found.ratio == 2.0
    assert found.p90 == pytest.approx(np.percentile([2000, 6000, 2200], 90))


@pytest.mark.parametrize('when', ['load', 'network', 'show', 'poses', 'cost'])
def test_a_model_that_fails_leaves_its_reason_and_the_others_alone(when):
    (ours, rtmo, _), settings = measure(broken={'rtmo-s': when})
    assert rtmo.reason == f'cannot {when}'
    assert ours.poses[5].median == pytest.approx(200) and not ours.reason
    assert f'RTMO-s was not measured: cannot {when}.' in report.to_markdown([rtmo], settings)


def test_nothing_is_asked_of_a_model_that_failed():
    diary = []
    measure(broken={'rtmo-s': 'network'}, diary=diary)
    assert [what for name, what in diary if name == 'rtmo-s'] == ['load', 'network']


def test_the_first_model_stays_for_every_group_and_keeps_its_first_row():
    entries = select(NAMES)
    assert [[e.name for e in group] for group in together(entries, 2)] == [
        ['net8_lrfg', 'rtmo-s'],
        ['net8_lrfg', 'openpose-vgg19'],
    ]
    assert list(together(entries[:1], 1)) == [entries[:1]]
    diary = []
    rows, _ = measure(together=2, diary=diary)
    assert [row.name for row in rows] == list(NAMES)
    assert sum(name == 'net8_lrfg' and what == 'load' for name, what in diary) == 2
    assert sum(name == 'net8_lrfg' and what == 'memory' for name, what in diary) == 1


def test_processes_end_even_when_interrupted():
    workers = []

    def start():
        workers.append(FakeWorker([]))
        workers[-1].poses = lambda: (_ for _ in ()).throw(KeyboardInterrupt)
        return workers[-1]

    with pytest.raises(KeyboardInterrupt):
        run(Settings(entries=select(NAMES[:2]), rounds=1), start)
    assert len(workers) == 2 and all(worker.closed for worker in workers)


def test_accuracy_is_measured_where_there_is_a_checkpoint_and_published_elsewhere():
    (ours, rtmo, _), settings = measure(checkpoints={'net8_lrfg': 'x.pth'}, data='mine.py')
    assert (ours.ap, ours.ap_measured) == (12.5, True)
    assert (rtmo.ap, rtmo.ap_measured) == (67.7, False)
    text = report.to_markdown([ours, rtmo], settings)
    assert '| 12.5 |' in text and '| 67.7* |' in text
    assert 'val2017, all 5,000 images, no flip' in text


def test_the_same_numbers_everywhere(tmp_path):
    rows, settings = measure(people=(0, 5))
    table = list(csv.DictReader(io.StringIO(report.to_csv(rows, settings))))
    assert [line['name'] for line in table] == list(NAMES)
    assert float(table[1]['5 people: ms']) == pytest.approx(300)
    assert float(table[1]['5 people: post']) == pytest.approx(0.1)
    assert float(table[0]['M params']) == 19.5
    assert table[2]['reason'] == 'network only'
    report.write_results(tmp_path / 'x.json', rows, settings)
    content = json.loads((tmp_path / 'x.json').read_text())
    assert content['rounds'] == 3 and content['models'][1]['poses']['5']['ratio'] > 1
    for table in report.to_markdown(rows, settings).split('**')[2::2]:
        lines = [x for x in table.splitlines() if x.startswith('|')]
        assert len({line.count('|') for line in lines}) == 1 and len(lines) == 5
    console = Console(width=90, record=True, file=io.StringIO())
    report.print_table(rows, settings, console)
    shown = console.export_text()
    assert 'RTMO-s' in shown and 'Weights are random' in shown


def test_time_grows_with_people_for_top_down_models_alone(tmp_path):
    settings = Settings(entries=select(['rtmo-s', 'rtmpose-m']), rounds=1)
    rows, points = sweep.sweep('people', settings, lambda: FakeWorker([]))
    assert [number for number, _ in points['RTMO-s'][1]] == [0, 1, 5, 20, 50]
    assert len({ms for _, ms in points['RTMO-s'][1]}) == 1
    growing = [ms for _, ms in points['RTMPose-m (with RTMDet-m)'][1]]
    assert growing == sorted(set(growing))
    report.write_results(tmp_path / 'x.json', rows, settings, points)
    written = json.loads((tmp_path / 'x.json').read_text())['sweep']
    assert [n for n, _ in written['RTMPose-m (with RTMDet-m)']] == [0, 1, 5, 20, 50]
    plots.plot_sweep(points, 'people', tmp_path / 'sweep.png')
    plots.plot_trade_off(rows, tmp_path / 'points.png')
    assert (tmp_path / 'sweep.png').stat().st_size > 5000
    assert (tmp_path / 'points.png').stat().st_size > 5000


def test_an_empty_figure_is_not_drawn(tmp_path):
    settings = Settings(entries=select(['rtmo-s']), rounds=1)
    rows, points = sweep.sweep('people', settings, lambda: FakeWorker([]))
    for row in rows:
        row.ap = None
    with pytest.raises(UserError, match=r'none of the models has an AP; .* --data'):
        plots.plot_trade_off(rows, tmp_path / 'points.png')
    for nothing in ({}, {title: (kind, []) for title, (kind, _) in points.items()}):
        with pytest.raises(UserError, match='no model was measured'):
            plots.plot_sweep(nothing, 'people', tmp_path / 'sweep.png')
    assert not list(tmp_path.iterdir())


def test_every_size_is_a_run_of_its_own():
    settings = Settings(entries=select(['rtmo-s']), rounds=1)
    _, points = sweep.sweep('size', settings, lambda: FakeWorker([]))
    assert [side for side, _ in points['RTMO-s'][1]] == [320, 512, 640, 960]
    # Four strides of 64 and less: what our networks take.
    assert all(side % 64 == 0 for side in sweep.SWEEPS['size'])


def test_a_size_that_fails_is_told_with_the_last():
    class TooSmall(FakeWorker):
        def load(self, name, options):
            if name == 'rtmo-s' and options['shape'][0] == 512:
                raise WorkerError('it does not divide')
            return super().load(name, options)

    settings = Settings(entries=select(['net8_lrfg', 'rtmo-s']), rounds=1)
    rows, points = sweep.sweep('size', settings, lambda: TooSmall([]))
    assert [row.reason for row in rows] == ['', 'at 512 pixels, it does not divide']
    assert [side for side, _ in points['RTMO-s'][1]] == [320, 640, 960]


@pytest.mark.parametrize(
    ('wrong', 'told'),
    [
        (dict(rounds=0), '--rounds is 1 or more'),
        (dict(batches=(0,)), 'one image or more'),
        (dict(people=(-1,)), 'fewer than 0 people'),
        (dict(checkpoints={'rtmo-x': 'a'}), r'names rtmo-x.*Did you mean rtmo-s\?'),
        (dict(runtime='onnx', batches=(1, 8)), 'one image at a time'),
    ],
)
def test_wrong_settings_are_told(wrong, told):
    with pytest.raises(UserError, match=told):
        Settings(entries=select(['rtmo-s']), **wrong)


def test_exported_models_take_one_image_at_a_time_beside_others_too():
    with pytest.raises(UserError, match='one image at a time'):
        Settings(entries=select(['rtmo-s', 'net8_lrfg@onnx']), batches=(8,))
