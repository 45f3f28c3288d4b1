"""Cold reads: their time beside the ideal, their processor time, and whether a deadline is kept.

    python -m benchmarks.reads

Each figure is of a first scrape by an exporter that has just started, until its last byte. The
ideal is `latency` seconds for each `CONCURRENCY` jobs, and nothing for the work. *Bare requests* is
a process that reads the same jobs with a `requests` session as it comes, a timeout and as many
threads, and parses the JSON; the two run in turn. The processor time is of the exporter's process,
from the scrape until the API has received the last request: so it is without the rendering, which
begins after the reads. Then the first scrape of very many jobs must keep its deadline. Exits 1 if a
bound is missed.
"""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from multiprocessing.connection import Connection
from statistics import median
from threading import Thread
from typing import NamedTuple

import requests

from benchmarks.processes import child, processor_seconds
from benchmarks.program import GZIP, IDENTITY, KEY, LIFTED, PATIENT, ask, running_jobs, watching
from benchmarks.verdict import MICROSECONDS, SECONDS, Verdict, report
from exporter.simulator import Simulator

CONCURRENCY = 16
REFRESH = f"{{active: 1h, concurrency: {CONCURRENCY}}}"
REPEATS = 3
POLL = 0.005
BARE = "bare requests"


class Case(NamedTuple):
    """A number of jobs, the API's latency in seconds, and the bound as a multiple of the ideal."""

    jobs: int
    latency: float
    at_most: float

    @property
    def ideal(self) -> float:
        """The seconds in which the reads would take place without any work."""
        return self.jobs * self.latency / CONCURRENCY


SLOW, FAST = Case(1_000, 0.1, 1.08), Case(10_000, 0.005, 3.2)
PROCESSOR_AT_MOST = 1.4
"""Times the processor time of bare requests."""

LATE_JOBS, LATE_LATENCY, LATE_TIMEOUT = (10_000, 30_000), 0.005, 10.0
LATE_AT_MOST = LATE_TIMEOUT - 0.5


class Cold(NamedTuple):
    """The seconds that a cold read of all jobs took, and its processor time in seconds."""

    seconds: float
    processor: float


def ours(case: Case) -> Cold:
    """Scrape an exporter that has just started."""
    with (
        watching(running_jobs(_ids(case)), refresh=REFRESH, latency=case.latency) as service,
        ThreadPoolExecutor(1) as scraper,
    ):
        pid = service.exporter.pid
        before = processor_seconds(pid)
        scrape = scraper.submit(ask, service.connection, "/metrics", GZIP | PATIENT)
        while len(service.api.requests) < case.jobs and not scrape.done():
            time.sleep(POLL)
        processor = processor_seconds(pid) - before
        seconds = scrape.result().seconds
        _demand_all(len(service.api.requests), case.jobs)
        return Cold(seconds, processor)


def bare(case: Case) -> Cold:
    """Read the same jobs with `requests` alone."""
    jobs = running_jobs(_ids(case))
    with (
        Simulator(jobs, api_key=KEY, limits=LIFTED, latency=case.latency) as api,
        child(_read, f"{api.base_url}/serviceJobs/", case.jobs) as process,
    ):
        cold = Cold(*process.pipe.recv())
        _demand_all(len(api.requests), case.jobs)
        return cold


def _read(pipe: Connection, url: str, jobs: int) -> None:
    """Read the jobs in threads that share a session, and send the seconds that it took."""
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=CONCURRENCY))
    session.headers["Authorization"] = f"Basic {KEY}"
    left = iter(range(1, jobs + 1))

    def work() -> None:
        for job_id in left:
            session.get(f"{url}{job_id}", timeout=10).json()

    threads = [Thread(target=work) for _ in range(CONCURRENCY)]
    began, processor = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pipe.send((time.perf_counter() - began, time.process_time() - processor))


def _ids(case: Case) -> range:
    return range(1, case.jobs + 1)


def _demand_all(read: int, jobs: int) -> None:
    if read != jobs:
        message = f"{read:,} requests were made for {jobs:,} jobs"
        raise SystemExit(message)


def of_case(case: Case) -> Iterator[Verdict]:
    """Measure a case in turns; return the verdicts on its time and on its processor time."""
    runs = [(ours(case), bare(case)) for _ in range(REPEATS)]
    seconds, their_seconds = (
        median(one.seconds for one in side) for side in zip(*runs, strict=True)
    )
    name = f"cold read, {case.jobs:,} jobs, {case.latency * 1_000:g} ms, {CONCURRENCY} at once"
    peers = {"ideal": case.ideal, BARE: their_seconds}
    yield Verdict(name, seconds, case.at_most, SECONDS, peers, per="ideal")
    if case is FAST:
        spent, they_spent = (
            1e6 * median(one.processor for one in side) / case.jobs
            for side in zip(*runs, strict=True)
        )
        name = f"processor time of each of these {case.jobs:,} reads"
        yield Verdict(name, spent, PROCESSOR_AT_MOST, MICROSECONDS, {BARE: they_spent}, per=BARE)


def of_deadline(jobs: int, headers: dict[str, str]) -> Verdict:
    """Return the verdict on a first scrape of so many jobs that its deadline ends it."""
    timeout = {"X-Prometheus-Scrape-Timeout-Seconds": f"{LATE_TIMEOUT:g}"}
    with watching(running_jobs(range(1, jobs + 1)), latency=LATE_LATENCY) as service:
        seconds, _ = ask(service.connection, "/metrics", headers | timeout)
        read = len(service.api.requests)
    (encoding,) = headers.values()
    name = f"first scrape of {jobs:,} jobs, {encoding}, {read:,} read"
    return Verdict(name, seconds, LATE_AT_MOST, SECONDS)


def verdicts() -> Iterator[Verdict]:
    """Measure, and return the verdicts."""
    for case in (FAST, SLOW):
        yield from of_case(case)
    for jobs, headers in product(LATE_JOBS, (GZIP, IDENTITY)):
        yield of_deadline(jobs, headers)


if __name__ == "__main__":
    sys.exit(report(verdicts()))
