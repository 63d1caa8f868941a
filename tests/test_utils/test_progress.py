"""Progress with and without a terminal."""

import io
import logging
import sys
from types import SimpleNamespace

import pytest
from rich.console import Console

from mmpose_lrfg.utils import progress as module
from mmpose_lrfg.utils.progress import Progress


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(module.time, 'monotonic', lambda: clock.now)
    return clock


def test_without_a_terminal_lines_come_at_their_interval(clock, capsys):
    with Progress('rendering', interval=30) as progress:
        for done in range(1, 10):
            clock.now += 10
            progress.update(done, total=10, text='3 people')
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(',')[0] for line in lines] == [f'rendering: {n}/10' for n in (3, 6, 9)]
    assert lines[0] == 'rendering: 3/10, 0:01:10 left  10.0 s each  3 people'


def test_an_unknown_total_has_no_time_left(clock, capsys):
    progress = Progress('camera', interval=0)
    for done in (100, 107):  # as resumed at 100
        clock.now += 2
        progress.update(done)
    assert capsys.readouterr().err == 'camera: 100\ncamera: 107  3.5/s\n'


def test_log_lines_stay_whole_beside_the_bar():
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80)
    logger = logging.getLogger('bar')
    handler = logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)
    before = handler.stream
    progress = Progress('epoch 1/2 [x]', 10, logger, console=console)
    progress.update(5, text='loss 1.25')
    logger.warning('a line')
    progress.bar.refresh()
    progress.close()
    progress.close()
    shown = screen.getvalue()
    assert 'a line\n' in shown.replace('\r', '')
    assert 'epoch 1/2 [x]' in shown and '5/10' in shown and 'loss 1.25' in shown
    assert handler.stream is before
    logger.removeHandler(handler)
