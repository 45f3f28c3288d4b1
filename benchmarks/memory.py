"""The resident memory of the exporter, and what each job adds to it.

    python -m benchmarks.memory

Measured after the same scrapes with 10,000 jobs and with one: a first scrape and some more in gzip,
and then one without compression. A job's part is the difference, divided by the other 9,999 jobs.
Beside it, prometheus-client's server of the same families, after the same scrapes. Exits 1 if a
bound is missed.
"""

import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import NamedTuple

from benchmarks.peers import PROMETHEUS_CLIENT, prometheus_client
from benchmarks.processes import resident
from benchmarks.program import (
    GZIP,
    IDENTITY,
    ask,
    finished_jobs,
    plain,
    read_all,
    running_jobs,
    watching,
)
from benchmarks.verdict import KIBIBYTES, MEBIBYTES, Verdict, report

JOBS, RUNNING = 10_000, 100
SCRAPES = 5
AT_MOST, ONE_JOB_AT_MOST = 82.0, 2.3
"""MiB, and KiB."""

SAMPLES, EVERY = 10, 0.1
"""Of so many samples of the memory, so many seconds apart, the least counts."""


class Memory(NamedTuple):
    """The resident memory in MiB, after scrapes in gzip and then after one without compression."""

    gzip: float
    identity: float


def settled(pid: int) -> float:
    """Return the resident memory of a process in MiB, without what comes and goes."""
    samples = []
    for _ in range(SAMPLES):
        time.sleep(EVERY)
        samples.append(resident(pid))
    return min(samples)


def scraped(connection: HTTPConnection, pid: int) -> tuple[Memory, bytes]:
    """Scrape as the docstring of this module says; return the memory, and the last exposition."""
    for _ in range(SCRAPES):
        ask(connection, "/metrics", GZIP)
    in_gzip = settled(pid)
    exposition = plain(ask(connection, "/metrics", IDENTITY).body)
    return Memory(in_gzip, settled(pid)), exposition


def measure(jobs: int) -> tuple[Memory, Memory]:
    """Return the memory of the exporter with `jobs` jobs, and of prometheus-client's server."""
    running = min(jobs, RUNNING)
    population = running_jobs(range(1, running + 1)) + finished_jobs(range(running + 1, jobs + 1))
    with watching(population) as service:
        read_all(service.connection, GZIP)
        ours, exposition = scraped(service.connection, service.exporter.pid)
    with prometheus_client(exposition) as peer:
        ask(peer.connection, "/metrics", GZIP)
        theirs, _ = scraped(peer.connection, peer.pid)
    return ours, theirs


def verdicts() -> Iterator[Verdict]:
    """Measure, and return the verdicts."""
    (one, their_one), (many, their_many) = measure(1), measure(JOBS)
    for kind, single, all_jobs, their_single, their_all in zip(
        ("gzip scrapes", "an identity scrape"), one, many, their_one, their_many, strict=True
    ):
        name = f"resident memory, {JOBS:,} jobs, after {kind}"
        yield Verdict(name, all_jobs, AT_MOST, MEBIBYTES, {PROMETHEUS_CLIENT: their_all})
        part, their_part = _part(single, all_jobs), _part(their_single, their_all)
        name = f"a job's part of it, after {kind}"
        yield Verdict(name, part, ONE_JOB_AT_MOST, KIBIBYTES, {PROMETHEUS_CLIENT: their_part})


def _part(one: float, many: float) -> float:
    """Return what each job adds, in KiB, from the memory with one job and with `JOBS`, in MiB."""
    return (many - one) * 1_024 / (JOBS - 1)


if __name__ == "__main__":
    sys.exit(report(verdicts()))
