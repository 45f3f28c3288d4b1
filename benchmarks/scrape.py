"""The response times of scrapes: the first, which reads every job, and those with nothing due.

    python -m benchmarks.scrape

The simulated API runs in this process and the exporter in its own; both speak HTTP. Exits 1 if a
bound is missed.
"""

import gzip
import statistics
import sys
from contextlib import closing
from http.client import HTTPConnection

from benchmarks.program import KEY, ask, config, exporter, running_jobs, verdict
from exporter.simulator import Simulator

JOBS = 200
WATCHED = range(1, JOBS + 1)
ALL_RUNNING = f'fusebill_jobs{{account="default",state="running"}} {JOBS}.0'.encode()
CONCURRENCY = 8
REFRESH = f"{{active: 1h, concurrency: {CONCURRENCY}}}"
LATENCY = 0.1
IDEAL = JOBS * LATENCY / CONCURRENCY
FIRST_AT_MOST = 1.25 * IDEAL
IDLE_AT_MOST = 0.010
REPEATS = 3
IDLE_SCRAPES = 50
HEADERS = {"Accept-Encoding": "gzip", "X-Prometheus-Scrape-Timeout-Seconds": "30"}


def scrape(connection: HTTPConnection) -> float:
    """Scrape as Prometheus does, and return the seconds until the last byte."""
    seconds, body = ask(connection, "/metrics", HEADERS)
    if ALL_RUNNING not in gzip.decompress(body):
        message = f"not all of the {JOBS} jobs were read"
        raise SystemExit(message)
    return seconds


def measure() -> tuple[float, list[float]]:
    """Return the seconds of a first scrape, and those of the scrapes right after it."""
    with (
        Simulator(running_jobs(WATCHED), api_key=KEY, latency=LATENCY) as api,
        exporter(config(api.base_url, list(WATCHED), refresh=REFRESH)) as running,
        closing(HTTPConnection(running.address)) as connection,
    ):
        first = scrape(connection)
        return first, [scrape(connection) for _ in range(IDLE_SCRAPES)]


def main() -> int:
    """Measure, print, and return the exit code."""
    print(
        f"{JOBS} jobs, {LATENCY * 1000:.0f} ms an answer, concurrency {CONCURRENCY}: "
        f"ideally {IDEAL:.1f} s"
    )
    runs = [measure() for _ in range(REPEATS)]
    idle = [seconds for _, scrapes in runs for seconds in scrapes]
    kept = [
        verdict(
            f"first scrape, slowest of {REPEATS}", max(first for first, _ in runs), FIRST_AT_MOST
        ),
        verdict(f"nothing due, median of {len(idle)}", statistics.median(idle), IDLE_AT_MOST),
        verdict("nothing due, 95th percentile", statistics.quantiles(idle, n=20)[-1], IDLE_AT_MOST),
    ]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
