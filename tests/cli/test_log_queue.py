import fcntl
import gc
import io
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import pytest

from exporter.cli.log_queue import LINES, LogQueue
from tests.support.program import PATIENCE

MANY = LINES + 500
LINE = f"{'a usual line ' * 10}{{}}\n"


def ends(function: Callable[[], object]) -> bool:
    """Run a function and return whether it ends. It does not if it waits for a reader."""
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return not thread.is_alive()


class Pipe:
    """A small pipe and a queue that writes to it. Nothing is read unless a test reads."""

    def __init__(self) -> None:
        reader, writer = os.pipe()
        self.reader = io.FileIO(reader)
        self.writer = io.FileIO(writer, "w")
        self.capacity = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        before = set(threading.enumerate())
        self.queue = LogQueue(writer)
        (self.thread,) = set(threading.enumerate()) - before

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let the thread end, whatever it waits for."""
        self.reader.close()
        assert ends(lambda: self.queue.end(PATIENCE))
        assert not self.thread.is_alive()
        self.writer.close()

    def write(self, number: int) -> None:
        """Write `number` lines; fail if writing waits for the reader."""

        def work() -> None:
            for one in range(number):
                self.queue.write(LINE.format(one))

        assert ends(work)

    def end_unread(self) -> None:
        """Fill the queue and end it while nobody reads; fail if that never ends."""
        self.write(LINES)
        assert ends(lambda: self.queue.end(0.001))

    def read_to_the_end(self) -> list[str]:
        """End the queue while reading, and return every line with its line end."""

        def end() -> None:
            self.queue.end(PATIENCE)
            self.writer.close()

        ending = threading.Thread(target=end)
        ending.start()
        text = self.reader.readall().decode()
        ending.join(PATIENCE)
        return text.splitlines(keepends=True)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    with Pipe() as pipe:
        yield pipe


def test_lines_are_written_whole_and_in_their_order(pipe: Pipe) -> None:
    pipe.write(LINES)
    assert pipe.read_to_the_end() == [LINE.format(number) for number in range(LINES)]
    assert pipe.queue.dropped == 0


def test_lines_that_nobody_takes_are_dropped_and_counted(pipe: Pipe) -> None:
    pipe.write(MANY)
    dropped = pipe.queue.dropped
    taken = pipe.read_to_the_end()
    assert dropped > MANY - LINES - 100, "all but the queue, and what is in the pipe"
    assert len(taken) + dropped == MANY


def test_lines_are_taken_again_once_somebody_reads(pipe: Pipe) -> None:
    pipe.write(MANY)
    dropped = -1
    while dropped < pipe.queue.dropped:
        pipe.reader.read(pipe.capacity)
        dropped = pipe.queue.dropped
        pipe.queue.write("again\n")
    assert pipe.read_to_the_end()[-1] == "again\n"


def test_lines_of_several_threads_are_not_mixed(pipe: Pipe) -> None:
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(pipe.write, [LINES // 10] * 10))
    lines = sorted(LINE.format(number) for number in range(LINES // 10))
    assert sorted(pipe.read_to_the_end()) == sorted(lines * 10)


def test_a_line_that_is_longer_than_the_pipe_is_written_whole(pipe: Pipe) -> None:
    pipe.queue.write(f"{'x' * 100_000}\n")
    assert pipe.read_to_the_end() == [f"{'x' * 100_000}\n"]


def test_what_is_no_unicode_is_written_with_escapes(pipe: Pipe) -> None:
    pipe.queue.write("caf\N{LATIN SMALL LETTER E WITH ACUTE} \udce9\n")
    assert pipe.read_to_the_end() == ["caf\N{LATIN SMALL LETTER E WITH ACUTE} \\udce9\n"]


def test_lines_whose_reader_has_gone_are_dropped_and_counted(pipe: Pipe) -> None:
    pipe.reader.close()
    pipe.write(10)
    pipe.queue.end(PATIENCE)
    assert pipe.queue.dropped == 10


def test_a_descriptor_that_does_not_block_is_waited_for(pipe: Pipe) -> None:
    os.set_blocking(pipe.writer.fileno(), False)
    pipe.queue.write(f"{'x' * 100_000}\n")
    pipe.write(LINES - 1)
    assert len(pipe.read_to_the_end()) == LINES
    assert pipe.queue.dropped == 0


class Litter:
    """Garbage in a cycle, which logs when the garbage collector finds it."""

    def __init__(self, queue: LogQueue) -> None:
        self.queue = queue
        self.itself = self

    def __del__(self) -> None:
        self.queue.write("found\n")


def test_a_finalizer_may_write_wherever_it_interrupts_another_write(pipe: Pipe) -> None:
    usual = gc.get_threshold()

    def write() -> None:
        for number in range(MANY):
            gc.disable()
            Litter(pipe.queue)
            gc.set_threshold(gc.get_count()[0] + number % 20)
            gc.enable()
            pipe.queue.write(LINE.format(number))

    try:
        assert ends(write)
    finally:
        gc.set_threshold(*usual)


def test_at_its_end_what_waits_is_written(pipe: Pipe) -> None:
    pipe.write(10)
    pipe.queue.end(PATIENCE)
    assert not pipe.thread.is_alive()
    assert pipe.reader.read(pipe.capacity) == "".join(map(LINE.format, range(10))).encode()


def test_its_end_waits_no_longer_than_allowed_where_nobody_reads(pipe: Pipe) -> None:
    pipe.end_unread()
    assert pipe.thread.is_alive()


def test_after_an_end_without_a_reader_nothing_on_the_descriptor_waits(pipe: Pipe) -> None:
    pipe.end_unread()
    assert ends(lambda: pipe.writer.write(b"a traceback" * pipe.capacity))


def test_an_end_without_a_reader_leaves_no_half_line(pipe: Pipe) -> None:
    pipe.end_unread()
    lines = (pipe.reader.read(pipe.capacity) or b"").decode().splitlines(keepends=True)
    assert lines == [LINE.format(number) for number in range(len(lines))]
