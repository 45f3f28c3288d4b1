"""The response times of the page at `/` with 1,000 jobs and with 10,000.

    python -m benchmarks.page

As in `benchmarks.scrape`, the exporter is a process of its own, asked over HTTP. Exits 1 if a
bound is missed.
"""

import gzip
import statistics
import sys
from contextlib import closing
from http.client import HTTPConnection
from typing import NamedTuple

from benchmarks.program import (
    KEY,
    LIFTED,
    UNBOUNDED,
    ask,
    config,
    exporter,
    running_jobs,
    verdict,
)
from exporter.simulator import Simulator

PAGES, STARTS = 10, 5


class Case(NamedTuple):
    """A number of jobs, and the most seconds in which their page may be answered.

    `new_at_most` bounds a page that renders every row: no job was read yet, or every value is new.
    """

    jobs: int
    at_most: float
    new_at_most: float


CASES = (Case(1_000, 0.150, 0.150), Case(10_000, 1.5, 3.0))


def read_all(connection: HTTPConnection, jobs: int) -> None:
    """Scrape until every job has been read."""
    wanted = f'fusebill_jobs{{account="default",state="running"}} {jobs}.0'.encode()
    headers = {"X-Prometheus-Scrape-Timeout-Seconds": "60"}
    while wanted not in ask(connection, "/metrics", headers).body:
        pass


def page(connection: HTTPConnection, jobs: int) -> float:
    """Ask for the page as a browser does; return the seconds until the last byte."""
    seconds, body = ask(connection, "/", {"Accept-Encoding": "gzip"})
    if gzip.decompress(body).count(b"data-key=") < jobs:
        message = f"the page has fewer than {jobs} jobs"
        raise SystemExit(message)
    return seconds


class Times(NamedTuple):
    """Seconds that pages took: with no job read, with all just read, and with nothing new."""

    unread: float
    new: float
    later: list[float]


def measure(jobs: int) -> Times:
    """Start an exporter and return the response times of its pages."""
    watched = range(1, jobs + 1)
    with (
        Simulator(running_jobs(watched), api_key=KEY, limits=LIFTED) as api,
        exporter(config(api.base_url, list(watched), quota=UNBOUNDED)) as running,
        closing(HTTPConnection(running.address)) as connection,
    ):
        unread = page(connection, jobs)
        read_all(connection, jobs)
        new = page(connection, jobs)
        return Times(unread, new, [page(connection, jobs) for _ in range(PAGES)])


def main() -> int:
    """Measure, print, and return the exit code."""
    kept = []
    for jobs, at_most, new_at_most in CASES:
        times = [measure(jobs) for _ in range(STARTS)]
        later = [seconds for one in times for seconds in one.later]
        for what, seconds, bound in (
            ("none read yet", [one.unread for one in times], new_at_most),
            ("every value new", [one.new for one in times], new_at_most),
            ("nothing new", later, at_most),
        ):
            name = f"page of {jobs:,} jobs, {what}, median of {len(seconds)}"
            kept.append(verdict(name, statistics.median(seconds), bound))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
