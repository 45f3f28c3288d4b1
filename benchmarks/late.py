"""Whether the first scrape of very many jobs keeps its deadline.

    python -m benchmarks.late

Each figure is of an exporter that has just started. No limit bounds the reads and the API answers
fast, so reads go on until the deadline; the answer then renders and compresses every reading for
the first time. Exits 1 if a bound is missed.
"""

import sys
from contextlib import closing
from http.client import HTTPConnection
from itertools import product

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

JOBS = (10_000, 30_000)
ENCODINGS = ("gzip", "identity")
LATENCY = 0.005
TIMEOUT = 10.0
AT_MOST = TIMEOUT - 0.5


def first_scrape(jobs: int, encoding: str) -> tuple[float, int]:
    """Return the seconds from the first request to the last byte, and how many jobs were read."""
    watched = range(1, jobs + 1)
    headers = {
        "Accept-Encoding": encoding,
        "X-Prometheus-Scrape-Timeout-Seconds": f"{TIMEOUT:g}",
    }
    with (
        Simulator(running_jobs(watched), api_key=KEY, limits=LIFTED, latency=LATENCY) as api,
        exporter(config(api.base_url, list(watched), quota=UNBOUNDED)) as running,
        closing(HTTPConnection(running.address)) as connection,
    ):
        seconds, _ = ask(connection, "/metrics", headers)
        return seconds, len(api.requests)


def main() -> int:
    """Measure, print, and return the exit code."""
    kept = []
    for jobs, encoding in product(JOBS, ENCODINGS):
        seconds, read = first_scrape(jobs, encoding)
        name = f"first scrape of {jobs:,} jobs, {encoding}, {read:,} read"
        kept.append(verdict(name, seconds, AT_MOST))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
