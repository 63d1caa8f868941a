import pytest

from mmpose_lrfg.benchmark import timing
from mmpose_lrfg.benchmark.timing import CandidateError, StageTimer, interleave, summarize, timed


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests set: ``clock[0]``."""
    now = [0.0]
    monkeypatch.setattr(timing.time, 'perf_counter', lambda: now[0])
    return now


def test_every_repetition_starts_with_another_candidate(clock):
    order = []

    def candidate(name, seconds):
        def run():
            order.append(name)
            # The machine is ten times slower in every other repetition, for both.
            clock[0] += seconds * (1 + 9 * (len(order) // 4 % 2))

        return timed(run)

    found = interleave({'a': candidate('a', 0.002), 'b': candidate('b', 0.001)}, repetitions=4)
    assert ''.join(order) == 'abbaabbaab'
    assert [len(seconds) for seconds in found.values()] == [4, 4], 'the warm-up does not count'
    assert summarize(found['b'], found['a']).ratio == pytest.approx(0.5)


def test_a_candidate_that_fails_is_not_called_again():
    calls, failures = [], {}

    def fail():
        calls.append(1)
        raise CandidateError('no memory')

    found = interleave({'a': lambda: 1, 'b': fail}, 3, failures=failures)
    assert found == {'a': [1, 1, 1]} and failures == {'b': 'no memory'} and len(calls) == 1


def test_summaries_are_in_milliseconds():
    found = summarize([2.0, 6.0, 2.2], reference=[1.0, 3.0, 1.0])
    assert (found.median, found.ratio) == (2200, 2.0)
    assert found.p90 == pytest.approx(2200 + 0.8 * (6000 - 2200))
    assert summarize([1.0]).ratio is None


@pytest.mark.parametrize(
    ('after', 'expected'),
    [(None, dict(input=3.0, network=8.0)), ('post', dict(input=1.0, network=8.0, post=2.0))],
)
def test_stages_exclude_the_stages_inside_them(clock, after, expected):
    class Model:
        def outer(self):
            clock[0] += 1
            self.inner()
            clock[0] += 2

        def inner(self):
            clock[0] += 4

    model, timer = Model(), StageTimer()
    timer.wrap(model, 'outer', 'input')
    timer.wrap(model, 'inner', 'network', after)
    model.outer()
    clock[0] += 100  # outside of all stages
    model.inner()
    clock[0] += 100
    assert timer.pop() == expected
    assert timer.pop() == {}
