"""Runs, results and reports, with stand-ins for the processes of models."""

import csv
import io
import json

import pytest
from rich.console import Console

from mmpose_lrfg.benchmark.complexity import Complexity
from mmpose_lrfg.benchmark.evaluation import Accuracy
from mmpose_lrfg.benchmark.speed import plots, report
from mmpose_lrfg.benchmark.speed.backends import Memory, PoseRun
from mmpose_lrfg.benchmark.speed.run import SWEEPS, run, sweep
from mmpose_lrfg.benchmark.speed.settings import Settings
from mmpose_lrfg.benchmark.timing import CandidateError
from mmpose_lrfg.benchmark.zoo import select
from mmpose_lrfg.utils.errors import UserError

NAMES = ('net8_lrfg', 'rtmo-s', 'openpose-vgg19')
SPEED = {'net8_lrfg': 0.100, 'rtmo-s': 0.200, 'openpose-vgg19': 0.300, 'rtmpose-m': 0.050}


class FakeWorker:
    """Answers at once; a top-down model takes a tenth of a second more for every person."""

    def __init__(self, entry, fail):
        self.name, self.fail, self.people, self.closed = entry.name, fail, 0, False

    def call(self, method, *arguments):
        self.fail(self.name, method)
        if method == 'set_image':
            self.people = len(arguments[0].boxes)
        if method == 'time_network':
            return arguments[0] * SPEED[self.name]
        per_person = 0.1 if self.name.startswith('rtmpose') else 0
        whole = SPEED[self.name] + 0.1 + per_person * self.people
        return {
            'set_image': (64, 96),
            'time_poses': PoseRun(whole, self.people, dict(post=whole / 10)),
            'memory': Memory(500.0, None),
            'complexity': Complexity(19_500_000, 10**10),
            'accuracy': Accuracy(12.5, 'people.json', False, False),
        }[method]

    def close(self):
        self.closed = True


def start(entry, settings):
    return FakeWorker(entry, lambda name, method: None)


def measure(names=NAMES, broken=None, diary=None, **settings):
    """Results and settings; ``broken`` are (name, method) that fail, ``diary`` gets all calls."""

    def fail(name, method):
        if diary is not None:
            diary.append((name, method))
        if (name, method) == broken:
            raise CandidateError(f'cannot {method}')

    settings = Settings(entries=select(names), **{'repetitions': 3, **settings})
    return run(settings, lambda entry, _: FakeWorker(entry, fail)), settings


def test_results_of_every_model():
    (ours, rtmo, openpose), _ = measure(batches=(1, 8), people=(0, 5))
    assert ours.network[1].median == pytest.approx(100)
    assert ours.network[8].median == pytest.approx(800)
    assert (rtmo.poses[5].median, rtmo.poses[5].found) == (pytest.approx(300), 5)
    assert rtmo.poses[5].ratio == pytest.approx(1.5)
    assert rtmo.poses[5].post_share == pytest.approx(0.1)
    assert rtmo.poses[5].stages == {'post': pytest.approx(30)}
    assert rtmo.input_shape == (64, 96)
    assert openpose.poses == {} and openpose.network[1].median == pytest.approx(300)


@pytest.mark.parametrize('method', ['time_network', 'set_image', 'time_poses', 'complexity'])
def test_a_model_that_fails_leaves_its_reason_and_the_others_alone(method):
    diary = []
    (ours, rtmo, _), settings = measure(broken=('rtmo-s', method), diary=diary)
    assert rtmo.reason == f'cannot {method}'
    assert [what for name, what in diary if name == 'rtmo-s'][-1] == method
    assert ours.poses[5].median == pytest.approx(200) and not ours.reason
    assert f'RTMO-s was not measured: cannot {method}.' in report.to_markdown([rtmo], settings)


def test_the_first_model_is_in_every_group():
    diary = []
    rows, _ = measure(together=2, diary=diary)
    assert [row.entry.name for row in rows] == list(NAMES)
    order = [name for name, method in diary if method == 'time_network']
    first, second = set(order[:8]), set(order[8:])
    assert first == {'net8_lrfg', 'rtmo-s'} and second == {'net8_lrfg', 'openpose-vgg19'}
    rows, _ = measure(NAMES[:1], together=1)
    assert [row.entry.name for row in rows] == ['net8_lrfg']


def test_processes_end_even_when_interrupted():
    workers = []

    def interrupt(name, method):
        if method == 'time_poses':
            raise KeyboardInterrupt

    def start(entry, settings):
        workers.append(FakeWorker(entry, interrupt))
        return workers[-1]

    with pytest.raises(KeyboardInterrupt):
        run(Settings(entries=select(NAMES[:2]), repetitions=1), start)
    assert len(workers) == 2 and all(worker.closed for worker in workers)


def test_accuracy_is_measured_where_there_is_a_checkpoint_and_published_elsewhere():
    rows, settings = measure(checkpoints={'net8_lrfg': 'x.pth'}, data='mine.py')
    assert [row.ap for row in rows] == [12.5, 67.7, 61.8]
    text = report.to_markdown(rows, settings)
    assert '| 12.5 |' in text and '| 67.7* |' in text
    assert 'val2017, all 5,000 images, no flip' in text


def test_the_same_numbers_in_every_format():
    rows, settings = measure(people=(0, 5))
    table = list(csv.DictReader(io.StringIO(report.to_csv(rows, settings))))
    assert [line['name'] for line in table] == list(NAMES)
    assert float(table[1]['5 people: ms']) == pytest.approx(300)
    assert float(table[1]['5 people: post']) == pytest.approx(0.1)
    assert float(table[0]['M params']) == 19.5
    assert table[2]['reason'].endswith('network only')
    content = json.loads(json.dumps(report.to_json(rows, settings)))
    assert content['repetitions'] == 3 and content['models'][1]['poses']['5']['ratio'] > 1
    assert [model['name'] for model in content['models']] == list(NAMES)
    for table in report.to_markdown(rows, settings).split('**')[2::2]:
        lines = [x for x in table.splitlines() if x.startswith('|')]
        assert len({line.count('|') for line in lines}) == 1 and len(lines) == 5
    console = Console(width=90, record=True, file=io.StringIO())
    report.print_report(rows, settings, console)
    shown = console.export_text()
    assert 'RTMO-s' in shown and 'Weights are random' in shown


def test_time_grows_with_people_for_top_down_models_alone(tmp_path):
    settings = Settings(entries=select(['rtmo-s', 'rtmpose-m']), repetitions=1)
    rows, points = sweep('people', settings, start)
    assert [number for number, _ in points['RTMO-s']] == [0, 1, 5, 20, 50]
    assert len({ms for _, ms in points['RTMO-s']}) == 1
    growing = [ms for _, ms in points['RTMPose-m (with RTMDet-m)']]
    assert growing == sorted(set(growing))
    assert 'RTMO-s' in report.to_json(rows, settings, points)['sweep']
    plots.plot_sweep(points, 'people', tmp_path / 'sweep.png')
    plots.plot_trade_off(rows, tmp_path / 'points.png')
    assert all((tmp_path / f'{name}.png').stat().st_size > 5000 for name in ('sweep', 'points'))


def test_a_sweep_of_sizes_reports_the_sizes_that_fail():
    def start(entry, settings):
        def fail(name, method):
            if name == 'rtmo-s' and settings.shape[0] == 512:
                raise CandidateError('it does not divide')

        return FakeWorker(entry, fail)

    settings = Settings(entries=select(['net8_lrfg', 'rtmo-s']), repetitions=1)
    swept = sweep('size', settings, start)
    assert [row.reason for row in swept.results] == ['', 'at 512 pixels, it does not divide']
    assert [side for side, _ in swept.points['RTMO-s']] == [320, 640, 960]
    assert all(side % 64 == 0 for side in SWEEPS['size'])


def test_an_empty_figure_is_not_drawn(tmp_path):
    rows, _ = measure(['lrfg-n6'], broken=('lrfg-n6', 'time_network'))
    with pytest.raises(UserError, match=r'points\.png is not drawn: .* --data'):
        plots.plot_trade_off(rows, tmp_path / 'points.png')
    with pytest.raises(UserError, match=r'sweep\.png is not drawn'):
        plots.plot_sweep({}, 'people', tmp_path / 'sweep.png')
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ('wrong', 'message'),
    [
        (dict(checkpoints={'rtmo-x': 'a'}), r'names rtmo-x.*Did you mean rtmo-s\?'),
        (dict(runtime='onnx', batches=(1, 8)), 'batch size of 1'),
        (dict(entries=select(['rtmo-s', 'net8_lrfg@onnx']), batches=(8,)), 'batch size of 1'),
    ],
)
def test_wrong_settings(wrong, message):
    with pytest.raises(UserError, match=message):
        Settings(**{'entries': select(['rtmo-s']), **wrong})
