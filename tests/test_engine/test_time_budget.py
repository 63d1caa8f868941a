import logging
from types import SimpleNamespace

import pytest
from mmengine.hooks import CheckpointHook
from mmengine.logging import MessageHub

from mmpose_lrfg.engine.hooks import TimeBudgetHook, time_budget
from mmpose_lrfg.utils.errors import UserError

HALF = 0.1 * (0.01 + 0.99 / 2)
"""Learning rate in the middle of the fall."""


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(time_budget.time, 'monotonic', lambda: clock.now)
    return clock


@pytest.fixture
def runner(request):
    return SimpleNamespace(
        optim_wrapper=SimpleNamespace(param_groups=[dict(lr=0.1), dict(lr=0.2)]),
        param_schedulers=None,
        message_hub=MessageHub(request.node.name),
        iter=0,
        max_iters=10**6,
        epoch=0,
        train_loop=SimpleNamespace(stop_training=False),
        hooks=[CheckpointHook(interval=100)],
        logger=logging.getLogger('budget'),
    )


def started(runner, **settings):
    hook = TimeBudgetHook(minutes=10, **{'flat': 0.5, **settings})
    hook.before_train(runner)
    return hook


def rates_at(hook, runner, clock, *seconds):
    start, found = clock.now, []
    for second in seconds:
        clock.now = start + second
        hook.before_train_iter(runner, 0)
        found.append([group['lr'] for group in runner.optim_wrapper.param_groups])
    return found


def test_the_rate_rises_stays_and_falls_with_the_clock(clock, runner):
    found = rates_at(started(runner, warmup=0.1), runner, clock, 0, 30, 60, 290, 450, 600, 700)
    expected = [1e-4, 0.05, 0.1, 0.1, HALF, 0.001, 0.001]
    assert [first for first, _ in found] == pytest.approx(expected, rel=2e-3)
    assert [second for _, second in found] == pytest.approx([2 * first for first, _ in found])


def test_a_fast_machine_follows_the_iterations(clock, runner):
    runner.max_iters, runner.iter = 100, 75
    assert rates_at(started(runner), runner, clock, 1)[0][0] == pytest.approx(HALF)


def test_a_resumed_training_has_spent_something(clock, runner):
    rates_at(started(runner), runner, clock, 0, 450)
    again = started(runner)
    clock.now += 10**5
    assert rates_at(again, runner, clock, 0)[0][0] == pytest.approx(HALF)


def test_the_end_and_the_last_pipeline(clock, runner):
    """350 of 600 seconds are left after the first epoch of 250, and 100 after the second."""
    runner.train_dataloader = SimpleNamespace(dataset=SimpleNamespace(pipeline='first'))
    hook, seen = started(runner, last_pipeline=[dict], last_from=0.8), []
    for runner.epoch in range(3):
        hook.before_train_epoch(runner)
        rates_at(hook, runner, clock, 0, 250)
        hook.after_train_epoch(runner)
        first = runner.train_dataloader.dataset.pipeline == 'first'
        seen.append((first, runner.train_loop.stop_training, runner.hooks[0].interval))
    assert seen == [(True, False, 100), (True, True, 1), (False, True, 1)]


def test_mistakes(runner):
    with pytest.raises(UserError, match='minutes'):
        TimeBudgetHook(minutes=0)
    runner.param_schedulers = [object()]
    with pytest.raises(UserError, match='param_scheduler=None'):
        TimeBudgetHook(minutes=1).before_train(runner)
