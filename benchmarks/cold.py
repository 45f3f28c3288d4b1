"""The time from a cold start to the first good value, with bad jobs first in the list.

    python -m benchmarks.cold

Seven jobs that fail in seven ways precede twenty good ones, and the account's limits are not known
yet. Scraped once a second with a timeout of 1 s, and back to back with Prometheus's default
timeout, 10 s. The bound is on the time of the first reading, as the exposition says it; a scrape
that waits for a bad job may be answered later. Exits 1 if a bound is missed.
"""

import re
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import NamedTuple

from benchmarks.program import KEY, ask, config, exporter, running_jobs
from benchmarks.verdict import SECONDS, Verdict, report
from exporter.simulator import Fault, Simulator

BAD = (
    Fault.HANG,
    Fault.DRIP_BODY,
    Fault.TRUNCATED,
    Fault.GZIP_BOMB,
    Fault.SERVER_ERROR,
    Fault.TEAPOT,
    Fault.NO_CONTENT,
)
GOOD = range(len(BAD) + 1, len(BAD) + 21)
TIMEOUT = 5.0
AT_MOST = 2 * TIMEOUT
INTERVAL = 1.0
GIVEN_UP = 60.0
SCRAPE_TIMEOUTS = (INTERVAL, 10.0)
READ = re.compile(rb"^fusebill_service_job_read_timestamp_seconds\{.*\} (.+)$", re.MULTILINE)


class First(NamedTuple):
    """Seconds from the first request until a job was read, and until an answer contained it."""

    read: float
    answered: float


def measure(scrape_timeout: float) -> First:
    """Start an exporter, scrape it, and return when its first good value came."""
    headers = {"X-Prometheus-Scrape-Timeout-Seconds": f"{scrape_timeout:g}"}
    jobs = list(range(1, GOOD.stop))
    with Simulator(running_jobs(GOOD), api_key=KEY) as api:
        for job_id, fault in enumerate(BAD, start=1):
            api.fail(fault, job_id)
        with (
            exporter(config(api.base_url, jobs, refresh=f"{{timeout: {TIMEOUT:g}s}}")) as running,
            closing(HTTPConnection(running.address)) as connection,
        ):
            began = time.time()
            while (asked := time.time()) < began + GIVEN_UP:
                read = READ.findall(ask(connection, "/metrics", headers).body)
                if read:
                    return First(min(map(float, read)) - began, time.time() - began)
                time.sleep(max(0.0, asked + INTERVAL - time.time()))
    return First(GIVEN_UP, GIVEN_UP)


def verdicts() -> Iterator[Verdict]:
    """Measure, and return the verdict on each timeout."""
    for timeout in SCRAPE_TIMEOUTS:
        first = measure(timeout)
        name = (
            f"first value behind {len(BAD)} bad jobs, scrapes of {timeout:g} s "
            f"(answered at {first.answered:.1f} s)"
        )
        yield Verdict(name, first.read, AT_MOST, SECONDS)


if __name__ == "__main__":
    sys.exit(report(verdicts()))
