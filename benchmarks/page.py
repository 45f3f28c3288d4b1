"""How long the page at `/` takes with 1,000 jobs, and with 10,000.

    make bench

As `benchmarks.scrape`: over real HTTP, the exporter in a process of its own. Prints what was
measured and exits 1 when a bound is not kept.
"""

import gzip
import statistics
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from typing import NamedTuple

from benchmarks.scrape import KEY, exporter, verdict
from exporter.simulator import Limits, SimulatedJob, Simulator

LIMITS = Limits(minute=1_000_000, day=1_000_000)
QUOTA = f"{{share: 1, per_minute: {LIMITS.minute}, per_day: {LIMITS.day}}}"
PAGES, STARTS = 10, 5


class Case(NamedTuple):
    """So many jobs, and the seconds within which a page of them is answered.

    `new_at_most` is for one on which every value is new, and so every row is drawn.
    """

    jobs: int
    at_most: float
    new_at_most: float


CASES = (Case(1_000, 0.150, 0.150), Case(10_000, 1.5, 3.0))


def read_all(connection: HTTPConnection, jobs: int) -> None:
    """Scrape until every job was read."""
    wanted = f'fusebill_jobs{{account="default",state="running"}} {jobs}.0'.encode()
    body = b""
    while wanted not in body:
        connection.request("GET", "/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": "60"})
        body = connection.getresponse().read()


def page(connection: HTTPConnection, jobs: int) -> float:
    """Ask for the page as a browser does; return the seconds until the whole answer was there."""
    started = time.perf_counter()
    connection.request("GET", "/", headers={"Accept-Encoding": "gzip"})
    body = connection.getresponse().read()
    seconds = time.perf_counter() - started
    if gzip.decompress(body).count(b"data-key=") < jobs:
        message = f"the page has fewer than {jobs} jobs"
        raise SystemExit(message)
    return seconds


def measure(jobs: int) -> tuple[float, list[float]]:
    """Return the seconds of the first page, which draws every job, and of pages after it."""
    created = time.time()
    simulated = [
        SimulatedJob(number, created=created, runs=86_400.0) for number in range(1, jobs + 1)
    ]
    with (
        Simulator(simulated, api_key=KEY, limits=LIMITS) as api,
        exporter(api.base_url, jobs, QUOTA) as address,
        closing(HTTPConnection(address)) as connection,
    ):
        read_all(connection, jobs)
        first = page(connection, jobs)
        return first, [page(connection, jobs) for _ in range(PAGES)]


def main() -> int:
    """Measure, print, and return the exit code."""
    kept = []
    for jobs, at_most, new_at_most in CASES:
        firsts, laters = zip(*(measure(jobs) for _ in range(STARTS)), strict=True)
        later = [seconds for one in laters for seconds in one]
        name = f"page of {jobs:,} jobs"
        new = f"{name}, every value new, median of {STARTS}"
        kept.append(verdict(new, statistics.median(firsts), new_at_most))
        kept.append(verdict(f"{name}, median of {len(later)}", statistics.median(later), at_most))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
