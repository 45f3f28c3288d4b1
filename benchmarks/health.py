"""The response times of `/-/healthy`, asked all the time by a process of its own."""

import gc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from multiprocessing import get_context
from multiprocessing.connection import Connection

from benchmarks.program import ask

EVERY = 0.005
"""Seconds from an answer to the next request."""


@contextmanager
def asking(address: str) -> Iterator[list[float]]:
    """Ask during the block. After the block, the list has the seconds that each answer took."""
    seconds: list[float] = []
    here, there = get_context("spawn").Pipe()
    asker = get_context("spawn").Process(target=_ask, args=(address, there))
    asker.start()
    there.close()  # the process has its own copy: if it ends early, recv() does not wait for it
    try:
        here.recv()
        yield seconds
        here.send(None)
        seconds += here.recv()
    finally:
        asker.terminate()
        asker.join()


def _ask(address: str, pipe: Connection) -> None:
    """Ask on one connection until the pipe says stop, then send the seconds; collect no garbage."""
    gc.disable()
    seconds: list[float] = []
    with closing(HTTPConnection(address)) as connection:
        ask(connection, "/-/healthy", {})
        pipe.send(None)
        while not pipe.poll(EVERY):
            seconds.append(ask(connection, "/-/healthy", {}).seconds)
    pipe.send(seconds)
