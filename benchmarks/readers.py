"""The cost of clients that never read their answers: memory, and the time of a good scrape.

    python -m benchmarks.readers

Every job was read before. 480 connections ask for `/metrics`, or for the page, and read nothing of
the answer. Once the exporter has dropped them, 480 others come. Exits 1 if a bound is missed.
"""

import re
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.program import (
    KEY,
    LIFTED,
    UNBOUNDED,
    Exporter,
    ask,
    config,
    exporter,
    running_jobs,
    verdict,
)
from benchmarks.soak import SCRAPE
from exporter.simulator import Simulator

SIZES = (2_000, 8_000)
PATHS = ("/metrics", "/")
READERS = 480
ROUNDS, SECONDS = 3, 12.0
SCRAPE_EVERY = 1.0
GROWS_AT_MOST = 100.0
"""MiB more than the exporter needs without such clients."""

PATIENT = {"X-Prometheus-Scrape-Timeout-Seconds": "300"}
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
DEADLINE = 4.5
"""Seconds within which a scraper with a timeout of 5 s must be answered."""


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


def forget_peak(pid: int) -> None:
    """Reset the kernel's record of a process's peak memory (proc(5))."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def peak(pid: int) -> float:
    """Return the peak resident memory of a process since the reset, in MiB."""
    (kilobytes,) = _PEAK.findall(Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(kilobytes) / 1024


def flood(running: Exporter, path: str) -> tuple[float, float]:
    """Return the same figures, the worst of `ROUNDS` rounds of clients that do not read."""
    found = []
    for _ in range(ROUNDS):
        with readers(running.address, path):
            found.append(scrapes(running, SECONDS))
    mosts, slowests = zip(*found, strict=True)
    return max(mosts), max(slowests)


def measure(size: int) -> bool:
    """Measure with `size` jobs and print; return whether the bounds are kept."""
    jobs = range(1, size + 1)
    with (
        Simulator(running_jobs(jobs), api_key=KEY, limits=LIFTED) as api,
        exporter(config(api.base_url, list(jobs), quota=UNBOUNDED)) as running,
    ):
        with closing(HTTPConnection(running.address)) as connection:
            ask(connection, "/metrics", PATIENT)
        without, _ = scrapes(running, SECONDS)
        kept = True
        for path in PATHS:
            most, slowest = flood(running, path)
            name = f"{READERS} readers of {path}, {size:,} jobs"
            kept &= _fits(name, most, without)
            kept &= verdict(f"{name}: slowest scrape", slowest, DEADLINE)
    return kept


def _fits(name: str, most: float, without: float) -> bool:
    """Print the memory that the clients cost, and return whether the bound is kept."""
    kept = most - without <= GROWS_AT_MOST
    print(
        f"{name}: {most - without:.0f} MiB over {without:.0f}, at most {GROWS_AT_MOST:.0f}: "
        f"{'kept' if kept else 'MISSED'}"
    )
    return kept


def main() -> int:
    """Measure, print, and return the exit code."""
    kept = [measure(size) for size in SIZES]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
