import asyncio
import threading

import pytest

from exporter.threads import run_in_daemon


def test_the_result_of_the_work_is_returned() -> None:
    assert asyncio.run(run_in_daemon(lambda: 42)) == 42


def test_what_the_work_raises_is_raised() -> None:
    def work() -> None:
        message = "no"
        raise LookupError(message)

    with pytest.raises(LookupError, match="no"):
        asyncio.run(run_in_daemon(work))


def test_the_work_runs_beside_the_loop_and_holds_no_exit() -> None:
    thread = asyncio.run(run_in_daemon(threading.current_thread))
    assert thread is not threading.current_thread()
    assert thread.daemon


def test_a_result_that_nobody_waits_for_any_more_is_dropped() -> None:
    async def give_up() -> None:
        go = threading.Event()
        before = set(threading.enumerate())
        waiting = asyncio.ensure_future(run_in_daemon(go.wait))
        await asyncio.sleep(0)
        waiting.cancel()
        go.set()
        for thread in set(threading.enumerate()) - before:
            thread.join()
        await asyncio.sleep(0)
        assert waiting.cancelled()

    asyncio.run(give_up())


def test_a_result_after_the_end_of_the_loop_is_dropped() -> None:
    go = threading.Event()
    before = set(threading.enumerate())

    async def start() -> None:
        task = asyncio.ensure_future(run_in_daemon(go.wait))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(start())
    left = set(threading.enumerate()) - before
    go.set()
    for thread in left:
        thread.join()
    assert left
