import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mmpose_lrfg.apis.threads import Prefetch, background
from mmpose_lrfg.utils.errors import UserError


def test_items_in_order_then_the_error():
    def broken():
        yield from (1, 2, 3)
        raise UserError('no more')

    seen = []
    with Prefetch(broken()) as items, pytest.raises(UserError, match='no more'):
        for item in items:
            seen.append(item)
    assert seen == [1, 2, 3]


def test_the_queue_is_bounded_and_the_generator_closed():
    made, closed = [], threading.Event()

    def endless():
        try:
            while True:
                made.append(len(made))
                yield made[-1]
        finally:
            closed.set()

    with Prefetch(endless(), depth=3) as items:
        assert [item for item, _ in zip(items, range(5))] == [0, 1, 2, 3, 4]
    assert closed.wait(5) and not items.thread.is_alive()
    assert len(made) <= 6 + 3 + 2


def test_a_camera_does_not_wait():
    ready = threading.Event()

    def camera():
        yield from range(10)
        ready.set()

    with Prefetch(camera(), depth=2, droppable=lambda item: item > 0) as items:
        assert ready.wait(5)
        assert list(items) == [8, 9] and items.dropped == 8


@pytest.mark.parametrize('calls', [1, 100])
def test_an_error_of_the_work_is_raised(calls):
    def fail(n):
        raise UserError('the disk is gone')

    with pytest.raises(UserError, match='the disk is gone'), background(fail) as work:
        for n in range(calls):
            work(n)


@pytest.mark.parametrize('again', [False, True], ids=['ctrl-c', 'twice'])
def test_ctrl_c_waits_for_the_queue_and_a_second_one_cancels_it(monkeypatch, again):
    done, hold = [], threading.Event()

    def work(n):
        assert hold.wait(5)
        done.append(n)

    def interrupted(pool, cancel_futures=False):
        if again and not cancel_futures:
            raise KeyboardInterrupt
        threading.Timer(0.1, hold.set).start()
        shutdown(pool, cancel_futures=cancel_futures)

    shutdown = ThreadPoolExecutor.shutdown
    monkeypatch.setattr(ThreadPoolExecutor, 'shutdown', interrupted)
    with pytest.raises(KeyboardInterrupt), background(work, depth=9) as call:
        for n in range(5):
            call(n)
        raise KeyboardInterrupt
    assert done == ([0] if again else [0, 1, 2, 3, 4])
