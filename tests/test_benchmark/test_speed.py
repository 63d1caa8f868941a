"""Runs, results and reports, with stand-ins for the processes of models."""

import json

import pytest

from mmpose_lrfg.benchmark.complexity import Complexity
from mmpose_lrfg.benchmark.speed import report
from mmpose_lrfg.benchmark.speed.backends import PoseRun
from mmpose_lrfg.benchmark.speed.run import run
from mmpose_lrfg.benchmark.speed.settings import Settings
from mmpose_lrfg.benchmark.timing import CandidateError
from mmpose_lrfg.benchmark.zoo import Accuracy, select
from mmpose_lrfg.utils.errors import UserError

NAMES = ('net8_lrfg', 'rtmo-s', 'dekr-w32')
SPEED = {'net8_lrfg': 0.100, 'rtmo-s': 0.200, 'dekr-w32': 0.300}


class FakeWorker:
    """Answers at once."""

    def __init__(self, entry, fail):
        self.name, self.fail, self.people, self.closed = entry.name, fail, 0, False

    def call(self, method, *arguments):
        self.fail(self.name, method)
        if method == 'set_image':
            self.people = len(arguments[0].boxes)
        if method == 'time_network':
            return arguments[0] * SPEED[self.name]
        whole = SPEED[self.name] + 0.1
        return {
            'set_image': (64, 96),
            'time_poses': PoseRun(whole, self.people, dict(post=whole / 10)),
            'memory': dict(process=500.0, gpu=None),
            'complexity': Complexity(19_500_000, 10**10),
            'accuracy': Accuracy(12.5, 'this benchmark') if self.name == 'net8_lrfg' else None,
        }[method]

    def close(self):
        self.closed = True


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
    (ours, rtmo, _), _ = measure(batch_size=8, people=4)
    assert ours.network.median == pytest.approx(800)
    assert (rtmo.poses.median, rtmo.poses.found) == (pytest.approx(300), 4)
    assert rtmo.poses.ratio == pytest.approx(1.5)
    assert rtmo.poses.post_share == pytest.approx(0.1)
    assert rtmo.input_shape == (64, 96)


@pytest.mark.parametrize('method', ['time_network', 'set_image', 'time_poses', 'complexity'])
def test_a_model_that_fails_leaves_its_reason_and_the_others_alone(method):
    diary = []
    (ours, rtmo, _), settings = measure(broken=('rtmo-s', method), diary=diary)
    assert rtmo.reason == f'cannot {method}'
    assert [what for name, what in diary if name == 'rtmo-s'][-1] == method
    assert ours.poses.median == pytest.approx(200) and not ours.reason
    assert f'RTMO-s was not measured: cannot {method}.' in report.to_markdown([rtmo], settings)


def test_the_first_model_is_in_every_group():
    diary = []
    rows, _ = measure(together=2, diary=diary)
    assert [row.entry.name for row in rows] == list(NAMES)
    order = [name for name, method in diary if method == 'time_network']
    first, second = set(order[:8]), set(order[8:])
    assert first == {'net8_lrfg', 'rtmo-s'} and second == {'net8_lrfg', 'dekr-w32'}
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


def test_the_same_numbers_in_every_format(capsys):
    rows, settings = measure(checkpoints={'net8_lrfg': 'x.pth'}, data='mine')
    content = json.loads(json.dumps(report.to_json(rows, settings)))
    assert content['repetitions'] == 3 and content['models'][1]['poses']['ratio'] > 1
    assert [model['name'] for model in content['models']] == list(NAMES)
    # Measured where there is a checkpoint, published elsewhere.
    assert [model['ap'] for model in content['models']] == [12.5, 67.7, 68.6]
    text = report.to_markdown(rows, settings)
    assert '| 12.5 |' in text and '| 67.7* |' in text
    assert 'val2017, all 5,000 images, no flip (published)' in text
    report.print_report(rows, settings)
    shown = capsys.readouterr().out
    assert 'RTMO-s' in shown and 'Weights are random' in shown


@pytest.mark.parametrize(
    ('wrong', 'message'),
    [
        (dict(checkpoints={'rtmo-x': 'a'}), r'names rtmo-x.*Did you mean rtmo-s\?'),
        (dict(entries=select(['rtmo-s', 'net8_lrfg@onnx']), batch_size=8), 'batch size of 1'),
    ],
)
def test_wrong_settings(wrong, message):
    with pytest.raises(UserError, match=message):
        Settings(**{'entries': select(['rtmo-s']), **wrong})


def test_counts_and_lists(run_tool, tmp_path, capsys):
    argv = ('--models', 'lrfg-n6', '--counts', '--img-size', 64, '--json', tmp_path / 'a.json')
    assert run_tool('benchmark models', *argv) == 0
    (row,) = json.loads((tmp_path / 'a.json').read_text())['models']
    assert row['complexity']['params'] > 1e6 and row['input_shape'] == [64, 64]
    assert run_tool('benchmark models', '--list') == 0
    assert 'higherhrnet-w32' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('argv', 'message'),
    [
        (('--checkpoints', 'lrfg-n6'), '--checkpoints takes NAME=FILE'),
        (('--checkpoints', 'lrfg-n6=absent.pth'), 'absent.pth'),
        (('--data', 'x.json'), 'add --checkpoints NAME=FILE'),
        (('--rounds', '3'), '--rounds is now --repetitions'),
    ],
)
def test_wrong_arguments(run_tool, capsys, argv, message):
    assert run_tool('benchmark models', '--models', 'lrfg-n6', *argv) == 2
    assert message in capsys.readouterr().err
