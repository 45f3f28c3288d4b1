"""The cost of clients that never read their answers: memory, and the time of a good scrape.

    python -m benchmarks.readers

Every job was read before. 480 connections ask for `/metrics`, or for the page, and read nothing of
the answer. Once the exporter has dropped them, 480 others come. Exits 1 if a bound is missed.
"""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection

from benchmarks.processes import forget_peak, peak
from benchmarks.program import Exporter, ask, read_all, running_jobs, watching
from benchmarks.soak import SCRAPE
from benchmarks.verdict import MEBIBYTES, MILLISECONDS, Verdict, report

SIZES = (2_000, 8_000)
PATHS = ("/metrics", "/")
READERS = 480
ROUNDS, SECONDS = 3, 12.0
SCRAPE_EVERY = 1.0
GROWS_AT_MOST = 100.0
"""MiB more than the exporter needs without such clients."""

DEADLINE = 4_500.0
"""Milliseconds within which a scraper with a timeout of 5 s must be answered."""


@contextmanager
def readers(address: str, path: str) -> Iterator[None]:
    """Ask for a path on `READERS` connections and read nothing, until the block ends."""
    host, _, port = address.rpartition(":")
    with ExitStack() as stack:
        for _ in range(READERS):
            reader = stack.enter_context(socket.create_connection((host, int(port))))
            reader.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        yield


def scrapes(running: Exporter, seconds: float) -> tuple[float, float]:
    """Scrape for `seconds`; return the peak memory in MiB and the seconds of the slowest scrape."""
    forget_peak(running.pid)
    slowest, ends = 0.0, time.monotonic() + seconds
    while time.monotonic() < ends:
        with closing(HTTPConnection(running.address)) as connection:
            slowest = max(slowest, ask(connection, "/metrics", SCRAPE).seconds)
            for path in PATHS:
                ask(connection, path, {})
        time.sleep(SCRAPE_EVERY)
    return peak(running.pid), slowest


def flood(running: Exporter, path: str) -> tuple[float, float]:
    """Return the same figures, the worst of `ROUNDS` rounds of clients that do not read."""
    found = []
    for _ in range(ROUNDS):
        with readers(running.address, path):
            found.append(scrapes(running, SECONDS))
    mosts, slowests = zip(*found, strict=True)
    return max(mosts), max(slowests)


def verdicts() -> Iterator[Verdict]:
    """Measure with each number of jobs, and return the verdicts on memory and time."""
    for size in SIZES:
        with watching(running_jobs(range(1, size + 1))) as service:
            read_all(service.connection)
            without, _ = scrapes(service.exporter, SECONDS)
            for path in PATHS:
                most, slowest = flood(service.exporter, path)
                name = f"{READERS} readers of {path}, {size:,} jobs"
                grown = f"{name}: MiB over {without:.0f}"
                yield Verdict(grown, most - without, GROWS_AT_MOST, MEBIBYTES)
                scrape = f"{name}: slowest scrape"
                yield Verdict(scrape, 1_000 * slowest, DEADLINE, MILLISECONDS)


if __name__ == "__main__":
    sys.exit(report(verdicts()))
