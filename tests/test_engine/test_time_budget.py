from types import SimpleNamespace

import pytest
from mmengine.hooks import CheckpointHook
from mmengine.logging import MessageHub

from mmpose_lrfg.engine.hooks import TimeBudgetHook, time_budget
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(time_budget.time, 'monotonic', lambda: clock.now)
    return clock


@pytest.fixture
def runner(request):
    told = []
    return SimpleNamespace(
        optim_wrapper=SimpleNamespace(param_groups=[dict(lr=0.1), dict(lr=0.2)]),
        param_schedulers=None,
        message_hub=MessageHub(request.node.name),
        iter=0,
        max_iters=10**6,
        epoch=0,
        train_loop=SimpleNamespace(stop_training=False),
        hooks=[CheckpointHook(interval=100)],
        logger=SimpleNamespace(info=told.append),
    )


def rates_at(hook, runner, clock, *seconds):
    start, found = clock.now, []
    for second in seconds:
        clock.now = start + second
        hook.before_train_iter(runner, 0)
        found.append([group['lr'] for group in runner.optim_wrapper.param_groups])
    return found


def test_the_rate_rises_stays_and_falls_with_the_clock(clock, runner):
    hook = TimeBudgetHook(minutes=10, warmup=0.1, flat=0.5, end=0.01)
    hook.before_train(runner)
    found = rates_at(hook, runner, clock, 0, 30, 60, 290, 450, 600, 700)
    first = [rate for rate, _ in found]
    wanted = [1e-4, 0.05, 0.1, 0.1, 0.1 * (0.01 + 0.99 / 2), 0.001, 0.001]
    assert first == pytest.approx(wanted, rel=2e-3)
    assert [second for _, second in found] == pytest.approx([2 * rate for rate in first])


def test_a_fast_machine_follows_the_iterations(clock, runner):
    hook = TimeBudgetHook(minutes=10, flat=0.5, end=0.01)
    hook.before_train(runner)
    runner.max_iters, runner.iter = 100, 75
    assert rates_at(hook, runner, clock, 1)[0][0] == pytest.approx(0.1 * (0.01 + 0.99 / 2))


def test_it_ends_with_the_epoch_after_which_no_half_fits(clock, runner):
    hook = TimeBudgetHook(minutes=10)
    hook.before_train(runner)
    ended = []
    for epoch in range(3):
        runner.epoch = epoch
        hook.before_train_epoch(runner)
        rates_at(hook, runner, clock, 0, 250)
        hook.after_train_epoch(runner)
        ended.append((runner.train_loop.stop_training, runner.hooks[0].interval))
    # 350 of 600 seconds are left after the first epoch of 250, and 100 after the second.
    assert ended == [(False, 100), (True, 1), (True, 1)]


def test_a_resumed_training_has_spent_something(clock, runner):
    hook = TimeBudgetHook(minutes=10, flat=0.5, end=0.01)
    hook.before_train(runner)
    rates_at(hook, runner, clock, 0, 450)
    again = TimeBudgetHook(minutes=10, flat=0.5, end=0.01)
    again.before_train(runner)
    clock.now += 10**5
    assert rates_at(again, runner, clock, 0)[0][0] == pytest.approx(0.1 * (0.01 + 0.99 / 2))


def test_the_pipeline_changes_when_its_time_has_come(clock, runner):
    runner.train_dataloader = SimpleNamespace(dataset=SimpleNamespace(pipeline='first'))
    hook = TimeBudgetHook(minutes=10, last_pipeline=[dict], last_from=0.8)
    hook.before_train(runner)
    seen = []
    for _ in range(3):
        hook.before_train_epoch(runner)
        seen.append(runner.train_dataloader.dataset.pipeline == 'first')
        rates_at(hook, runner, clock, 0, 250)
        runner.epoch += 1
    assert seen == [True, True, False]


def test_mistakes(runner):
    with pytest.raises(UserError, match='minutes'):
        TimeBudgetHook(minutes=0)
    runner.param_schedulers = [object()]
    with pytest.raises(UserError, match='param_scheduler=None'):
        TimeBudgetHook(minutes=1).before_train(runner)
