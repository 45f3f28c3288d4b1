"""The response times of the page at `/` with 1,000 jobs and with 10,000, and its size.

    python -m benchmarks.page

The exporter is a process of its own, asked over HTTP. Exits 1 if a bound is missed.
"""

import statistics
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import NamedTuple

from benchmarks.program import GZIP, Answered, ask, plain, read_all, running_jobs, watching
from benchmarks.verdict import MILLISECONDS, Verdict, report
from exporter.web.page.listing import MOST_ROWS

PAGES, STARTS = 10, 5

BOUNDS = {1_000: 150, 10_000: 300}
"""By the number of jobs, the most milliseconds in which their page may be answered."""

MOST_BYTES, MOST_COMPRESSED = 300_000, 40_000


def page(connection: HTTPConnection) -> Answered:
    """Ask for the page as a browser does; its body is compressed."""
    answer = ask(connection, "/", GZIP)
    if plain(answer.body).count(b'name="open"') < MOST_ROWS:
        message = f"the page has fewer than {MOST_ROWS} rows"
        raise SystemExit(message)
    return answer


class Pages(NamedTuple):
    """Answers with the page: the first, with no job read, and those with all read."""

    first: Answered
    later: list[Answered]


def measure(jobs: int) -> Pages:
    """Start an exporter and return its pages."""
    with watching(running_jobs(range(1, jobs + 1))) as service:
        connection = service.connection
        first = page(connection)
        read_all(connection)
        return Pages(first, [page(connection) for _ in range(PAGES)])


def verdicts() -> Iterator[Verdict]:
    """Measure, and return the verdict on each kind of page."""
    for jobs, at_most in BOUNDS.items():
        measured = [measure(jobs) for _ in range(STARTS)]
        later = [answer for one in measured for answer in one.later]
        for what, answers in (("the first", [one.first for one in measured]), ("later", later)):
            name = f"page of {jobs:,} jobs, {what}, median of {len(answers)}"
            median = 1_000 * statistics.median(answer.seconds for answer in answers)
            yield Verdict(name, median, at_most, MILLISECONDS)
        sizes = [(len(plain(one.body)), len(one.body)) for one in later]
        yield Verdict(f"page of {jobs:,} jobs, bytes", max(sizes)[0], MOST_BYTES)
        compressed = max(packed for _, packed in sizes)
        yield Verdict(f"page of {jobs:,} jobs, bytes in gzip", compressed, MOST_COMPRESSED)


if __name__ == "__main__":
    sys.exit(report(verdicts()))
