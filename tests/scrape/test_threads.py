"""Blocking calls in threads beside the event loop."""

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import pytest

from exporter.scrape.threads import KeptThreads, Threads, in_daemon
from tests.support.installation import until
from tests.support.program import PATIENCE


async def awaited(work: Callable[[], object]) -> object:
    return await in_daemon(work)


def test_the_result_of_the_work_is_returned() -> None:
    assert asyncio.run(awaited(lambda: 42)) == 42


def test_an_exception_of_the_work_is_raised() -> None:
    def work() -> None:
        message = "no"
        raise LookupError(message)

    with pytest.raises(LookupError, match="no"):
        asyncio.run(awaited(work))


def test_the_work_runs_in_a_daemon_thread() -> None:
    thread = asyncio.run(awaited(threading.current_thread))
    assert isinstance(thread, threading.Thread)
    assert thread is not threading.current_thread()
    assert thread.daemon


class HeardLoop(asyncio.SelectorEventLoop):
    """An event loop that notes when a thread has told it something, or tried to."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.Event()
        self.trouble: list[object] = []
        self.set_exception_handler(lambda _, context: self.trouble.append(context))

    def call_soon_threadsafe(self, *args: Any, **kwargs: Any) -> asyncio.Handle:
        try:
            return super().call_soon_threadsafe(*args, **kwargs)
        finally:
            self.told.set()


def play(story: Callable[[], Coroutine[Any, Any, None]]) -> HeardLoop:
    """Run a story to its end, and return its loop, closed."""
    loop = HeardLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(story())
    return loop


def test_a_result_that_nobody_waits_for_is_dropped() -> None:
    async def give_up() -> None:
        go = threading.Event()
        result = in_daemon(go.wait)
        result.cancel()
        go.set()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, HeardLoop)
        await until(loop.told.is_set)
        await asyncio.sleep(0)
        assert result.cancelled()

    assert play(give_up).trouble == []


def test_a_result_after_the_end_of_the_loop_is_dropped_and_its_thread_is_kept() -> None:
    kept, go = KeptThreads(), threading.Event()
    threads: list[threading.Thread] = []

    def work() -> None:
        threads.append(threading.current_thread())
        go.wait()

    async def start() -> None:
        in_daemon(work, kept)

    loop = play(start)
    go.set()
    assert loop.told.wait(PATIENCE)
    assert threads == [asyncio.run(thread_of_a_call(kept))]


async def thread_of_a_call(kept: KeptThreads) -> threading.Thread:
    async with asyncio.timeout(PATIENCE):
        return await in_daemon(threading.current_thread, kept)


def test_one_call_after_another_runs_in_the_same_thread() -> None:
    async def story() -> None:
        kept = KeptThreads()
        assert len({await thread_of_a_call(kept) for _ in range(100)}) == 1

    asyncio.run(story())


def test_no_call_waits_for_a_call_that_hangs() -> None:
    async def story() -> None:
        kept, stuck = KeptThreads(), Stuck()
        first = await thread_of_a_call(kept)
        hangs = in_daemon(stuck, kept)
        assert await thread_of_a_call(kept) is not first
        stuck.released.set()
        assert await hangs == "done"
        assert await thread_of_a_call(kept) is first

    asyncio.run(story())


def test_a_thread_without_a_call_ends() -> None:
    async def story() -> None:
        kept = KeptThreads(seconds=0.0)
        first = await thread_of_a_call(kept)
        first.join(PATIENCE)
        assert not first.is_alive()
        assert await thread_of_a_call(kept) is not first

    asyncio.run(story())


def test_a_call_reaches_a_thread_that_was_about_to_end() -> None:
    async def story() -> None:
        kept = KeptThreads(seconds=0.0)
        for number in range(1000):
            async with asyncio.timeout(PATIENCE):
                assert await in_daemon(partial(int, number), kept) == number

    asyncio.run(story())


class Stuck:
    """Calls that hang until `released` is set, counted."""

    def __init__(self) -> None:
        self.begun = 0
        self.released = threading.Event()

    def __call__(self) -> str:
        self.begun += 1
        self.released.wait()
        return "done"


def test_a_call_that_ends_in_time_gives_its_result() -> None:
    assert asyncio.run(Threads("call", most_late=1).run(lambda: 42, PATIENCE)) == 42


def test_the_exception_of_a_call_in_time_is_raised() -> None:
    def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(Threads("call", most_late=1).run(fail, PATIENCE))


async def timeout_of(work: Awaitable[object]) -> str:
    with pytest.raises(TimeoutError) as caught:
        await work
    return str(caught.value)


def test_no_call_is_awaited_beyond_its_time_and_none_begins_while_too_many_are_late() -> None:
    async def story() -> None:
        stuck, threads = Stuck(), Threads("call", most_late=2)
        for _ in range(2):
            assert (
                await timeout_of(threads.run(stuck, 0.01)) == "the call did not finish within 10ms"
            )
        for _ in range(3):
            late = "2 earlier calls have not finished yet"
            assert await timeout_of(threads.run(stuck, PATIENCE)) == late
        assert stuck.begun == 2
        stuck.released.set()

    asyncio.run(story())


def test_once_a_late_call_has_ended_another_one_begins() -> None:
    async def story() -> None:
        stuck, threads = Stuck(), Threads("call", most_late=1)
        await timeout_of(threads.run(stuck, 0.01))
        stuck.released.set()
        await until(lambda: threads.late == 0)
        assert await threads.run(stuck, PATIENCE) == "done"

    asyncio.run(story())


def test_the_exception_of_a_late_call_is_dropped() -> None:
    async def story() -> None:
        released, threads = threading.Event(), Threads("call", most_late=1)

        def fail() -> None:
            released.wait()
            raise LookupError

        await timeout_of(threads.run(fail, 0.01))
        released.set()
        await until(lambda: threads.late == 0)
        gc.collect()

    unhandled: list[object] = []
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _loop, context: unhandled.append(context))
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(story())
    assert unhandled == []


@pytest.mark.parametrize(
    "work", ["threading.Event().wait", "int"], ids=["a call still runs", "a thread is idle"]
)
def test_the_process_ends_with_its_exit_code_and_has_printed_all(work: str) -> None:
    program = f"""
import asyncio, sys, threading
from exporter.scrape.threads import in_daemon, leave

async def begin():
    call = in_daemon({work})
    await asyncio.wait((call,), timeout=0.01)

asyncio.run(begin())
print("printed")
leave(3)
sys.exit(3)
"""
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "printed\n", "")
