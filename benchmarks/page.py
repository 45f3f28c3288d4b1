"""The response times of the page at `/` with 1,000 jobs and with 10,000.

    python -m benchmarks.page

The exporter is a process of its own, asked over HTTP. Exits 1 if a bound is missed.
"""

import statistics
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import NamedTuple

from benchmarks.program import GZIP, ask, plain, read_all, running_jobs, watching
from benchmarks.verdict import MILLISECONDS, Verdict, report

PAGES, STARTS = 10, 5


class Case(NamedTuple):
    """A number of jobs, and the most milliseconds in which their page may be answered.

    `new_at_most` bounds a page that renders every row: no job was read yet, or every value is new.
    """

    jobs: int
    at_most: float
    new_at_most: float


CASES = (Case(1_000, 150, 150), Case(10_000, 1_500, 3_000))


def page(connection: HTTPConnection, jobs: int) -> float:
    """Ask for the page as a browser does; return the seconds until the last byte."""
    seconds, body = ask(connection, "/", GZIP)
    if plain(body).count(b"data-key=") < jobs:
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
    with watching(running_jobs(range(1, jobs + 1))) as service:
        connection = service.connection
        unread = page(connection, jobs)
        read_all(connection)
        new = page(connection, jobs)
        return Times(unread, new, [page(connection, jobs) for _ in range(PAGES)])


def verdicts() -> Iterator[Verdict]:
    """Measure, and return the verdict on each kind of page."""
    for jobs, at_most, new_at_most in CASES:
        times = [measure(jobs) for _ in range(STARTS)]
        later = [seconds for one in times for seconds in one.later]
        for what, seconds, bound in (
            ("none read yet", [one.unread for one in times], new_at_most),
            ("every value new", [one.new for one in times], new_at_most),
            ("nothing new", later, at_most),
        ):
            name = f"page of {jobs:,} jobs, {what}, median of {len(seconds)}"
            yield Verdict(name, 1_000 * statistics.median(seconds), bound, MILLISECONDS)


if __name__ == "__main__":
    sys.exit(report(verdicts()))
