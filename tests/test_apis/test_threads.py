import threading
import time

import pytest

from mmpose_lrfg.apis.threads import Background, Prefetch
from mmpose_lrfg.utils.errors import UserError


def test_reading_ahead_keeps_order_and_errors():
    with Prefetch([1, 2, 3]) as items:
        assert list(items) == [1, 2, 3]
        assert list(items) == []

    def broken():
        yield 1
        raise UserError('no more')

    with Prefetch(broken()) as items:
        assert next(items) == 1
        for _ in range(2):
            with pytest.raises(UserError, match='no more'):
                next(items)


def test_it_reads_no_further_than_the_queue_and_stops_with_the_reader():
    made, closed = [], threading.Event()

    def endless():
        try:
            while True:
                made.append(len(made))
                yield made[-1]
        finally:
            closed.set()

    with Prefetch(endless(), depth=3) as items:
        assert [next(items) for _ in range(5)] == [0, 1, 2, 3, 4]
    assert closed.wait(5) and not items.thread.is_alive()
    assert len(made) <= 5 + 3 + 2


def test_a_camera_does_not_wait():
    ready = threading.Event()

    def camera():
        yield from range(10)
        ready.set()

    with Prefetch(camera(), depth=2, droppable=lambda item: item > 0) as items:
        assert ready.wait(5)
        seen = list(items)
    assert seen == [8, 9] and items.dropped == 8


def test_work_in_the_background_is_done_in_order():
    done = []
    with Background(lambda a, b: done.append((a, b)), depth=2) as work:
        for n in range(20):
            work(n, -n)
    assert done == [(n, -n) for n in range(20)]


def test_an_error_of_the_work_comes_out_and_ends_it():
    done = []

    def work(n):
        if n == 1:
            raise UserError('the disk is gone')
        done.append(n)

    with pytest.raises(UserError, match='the disk is gone'), Background(work) as background:
        for n in range(100):
            background(n)
            time.sleep(0.001)
    assert done == [0]
    with pytest.raises(UserError), Background(work) as background:
        background(1)  # the last one: raised at the end


def test_what_waits_is_done_before_an_error_goes_on():
    done, hold = [], threading.Event()

    def work(n):
        assert hold.wait(5)
        done.append(n)

    with pytest.raises(KeyboardInterrupt), Background(work, depth=9) as background:
        for n in range(5):
            background(n)
        hold.set()
        raise KeyboardInterrupt
    assert done == [0, 1, 2, 3, 4]


def test_a_second_ctrl_c_cancels_what_waits():
    done, hold = [], threading.Event()

    def work(n):
        assert hold.wait(5)
        done.append(n)

    background = Background(work, depth=9)
    shutdown = background.pool.shutdown

    def interrupted(cancel_futures=False):
        if not cancel_futures:
            raise KeyboardInterrupt
        threading.Timer(0.1, hold.set).start()
        shutdown(cancel_futures=True)

    background.pool.shutdown = interrupted
    with pytest.raises(KeyboardInterrupt), background:
        for n in range(5):
            background(n)
    assert done == [0]
