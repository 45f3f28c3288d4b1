"""Whether the exporter's memory stays constant while reads fail and clients keep asking.

    make soak

200 jobs run and 50 fail, in eleven ways. Two scrapers and an updating page ask all the time, each
probe is of an id never asked for before, and the configuration is reloaded every minute. Prints the
resident memory each minute. Exits 1 if it grows by more than 5 MiB after the first fifth of the
time (2 minutes of 10). `python -m benchmarks.soak --minutes 2` is shorter and proves less.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from http.client import HTTPConnection
from itertools import count
from threading import Event

from benchmarks.processes import resident
from benchmarks.program import KEY, LIFTED, UNBOUNDED, ask, config, exporter, running_jobs
from benchmarks.verdict import MEBIBYTES, Verdict, report
from exporter.simulator import Fault, Simulator

RUNNING = range(1, 201)
FAILING = range(201, 251)
PROBED_FROM = 1_000
FAULTS = (
    Fault.SERVER_ERROR,
    Fault.BAD_GATEWAY,
    Fault.DROP,
    Fault.TRUNCATED,
    Fault.HUGE,
    Fault.GZIP_BOMB,
    Fault.BROKEN_JSON,
    Fault.BAD_GZIP,
    Fault.HANG,
    Fault.DRIP_BODY,
    None,  # the API knows no such job: 404
)
REFRESH = "{active: 1s, timeout: 2s}"
SCRAPE = {"Accept-Encoding": "gzip", "X-Prometheus-Scrape-Timeout-Seconds": "5"}
PAGE = {"Accept-Encoding": "gzip", "Prefer": "wait=1"}
SCRAPE_EVERY, PAGE_EVERY, PROBE_EVERY, RELOAD_EVERY = 5.0, 1.0, 1.0, 60.0
MINUTES = 10
SETTLES = 1 / 5
"""The share of the time in which memory may still grow."""

WITHIN = 20
"""Samples, a second apart, whose minimum is taken: single answers come and go."""

GROWS_AT_MOST = 5.0
_REQUESTS = re.compile(rb"^fusebill_api_requests_total\{.*\} (.+)$", re.MULTILINE)


def requests(address: str) -> float:
    """Return the number of requests to the API, as the exporter counts them."""
    with closing(HTTPConnection(address)) as connection:
        return sum(map(float, _REQUESTS.findall(ask(connection, "/metrics", {}).body)))


def fail(api: Simulator, job_id: int) -> None:
    """Make the reads of a job fail. Consecutive ids fail in different ways."""
    api.fail(FAULTS[job_id % len(FAULTS)], job_id)


@contextmanager
def load(api: Simulator, address: str) -> Iterator[list[Future[None]]]:
    """Ask for everything, again and again, during the block.

    Yield a future for each thing asked for, which is done only if asking failed.
    """
    fresh = count(PROBED_FROM)
    stopping = Event()

    def get(path: str, headers: dict[str, str], method: str = "GET") -> None:
        with closing(HTTPConnection(address)) as connection:
            ask(connection, path, headers, method)

    def probe() -> None:
        job_id = next(fresh)
        fail(api, job_id)
        get(f"/probe?target={job_id}", SCRAPE)

    def repeat(seconds: float, act: Callable[[], None]) -> None:
        while not stopping.wait(seconds):
            act()

    scrape, page = partial(get, "/metrics", SCRAPE), partial(get, "/", PAGE)
    acts = (
        (SCRAPE_EVERY, scrape),
        (SCRAPE_EVERY, scrape),
        (PAGE_EVERY, page),
        (PROBE_EVERY, probe),
        (RELOAD_EVERY, partial(get, "/-/reload", {}, "POST")),
    )
    with ThreadPoolExecutor(len(acts)) as pool:
        try:
            yield [pool.submit(repeat, seconds, act) for seconds, act in acts]
        finally:
            stopping.set()


def soak(minutes: int) -> list[float]:
    """Load the exporter for `minutes`; return its resident memory in MiB, once a second."""
    samples: list[float] = []
    with Simulator(running_jobs(RUNNING), api_key=KEY, limits=LIFTED) as api:
        for job_id in FAILING:
            fail(api, job_id)
        jobs = [*RUNNING, *FAILING]
        files = config(api.base_url, jobs, refresh=REFRESH, quota=UNBOUNDED)
        with exporter(files) as running, load(api, running.address) as repeated:
            for minute in range(1, minutes + 1):
                for _ in range(60):
                    time.sleep(1.0)
                    samples.append(resident(running.pid))
                for one in repeated:
                    if one.done():
                        one.result()
                print(
                    f"minute {minute}: {min(samples[-WITHIN:]):.1f} MiB, "
                    f"{requests(running.address):,.0f} requests to the API",
                    flush=True,
                )
    return samples


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=MINUTES, help=f"{MINUTES} by default")
    minutes = parser.parse_args(arguments).minutes
    samples = soak(minutes)
    end_confirmed = samples[: int(len(samples) * SETTLES)]
    grown = min(samples[-WITHIN:]) - min(end_confirmed[-WITHIN:])
    name = f"memory grown in the last {minutes * (1 - SETTLES):g} minutes"
    return report([Verdict(name, grown, GROWS_AT_MOST, MEBIBYTES)])


if __name__ == "__main__":
    sys.exit(main())
