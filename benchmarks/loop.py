"""The longest response time of `/-/healthy` while the exporter works on 10,000 jobs.

    python -m benchmarks.loop

Asked during a first scrape, which reads and renders all jobs; while the first page is rendered; and
during reloads that give all jobs other names and labels, in the configuration file or in a job
file. A process of its own asks, 5 ms after each answer. Exits 1 if a bound is missed.
"""

import gc
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from multiprocessing.connection import Connection

from benchmarks.processes import child
from benchmarks.program import (
    GZIP,
    KEY,
    LIFTED,
    PATIENT,
    UNBOUNDED,
    Files,
    ask,
    config,
    exporter,
    running_jobs,
    write,
)
from benchmarks.verdict import MILLISECONDS, Verdict, report
from exporter.simulator import Simulator

WATCHED = range(1, 10_001)
AT_MOST = 150.0
"""Milliseconds."""

IDLE = 2.0
RELOADS = 3
JOB_FILE = "jobs.yaml"
EVERY = 0.005
"""Seconds from an answer to the next request."""


@contextmanager
def asking(address: str) -> Iterator[list[float]]:
    """Ask during the block. After the block, the list has the seconds that each answer took."""
    seconds: list[float] = []
    with child(_ask, address) as asker:
        asker.pipe.recv()
        yield seconds
        asker.pipe.send(None)
        seconds += asker.pipe.recv()


def _ask(pipe: Connection, address: str) -> None:
    """Ask on one connection until the pipe says stop, then send the seconds; collect no garbage."""
    gc.disable()
    seconds: list[float] = []
    with closing(HTTPConnection(address)) as connection:
        ask(connection, "/-/healthy", {})
        pipe.send(None)
        while not pipe.poll(EVERY):
            seconds.append(ask(connection, "/-/healthy", {}).seconds)
    pipe.send(seconds)


def in_configuration(base_url: str, team: str) -> Files:
    """Return a configuration that lists the jobs itself."""
    return config(base_url, named(team), quota=UNBOUNDED)


def in_job_file(base_url: str, team: str) -> Files:
    """Return a configuration without jobs, and a job file that lists them."""
    return {
        JOB_FILE: named(team),
        **config(base_url, [], quota=UNBOUNDED, job_files=f"[{JOB_FILE}]"),
    }


PLACES = {"the configuration file": in_configuration, "a job file": in_job_file}


def named(team: str) -> str:
    """Return the jobs as YAML, each with a name and labels that contain `team`."""
    labels = f"team: {team}, region: eu, ticket: {team}"
    jobs = [
        f"  {{id: {job_id}, name: price-push-{job_id}, labels: {{{labels}-{job_id}}}}}"
        for job_id in WATCHED
    ]
    return "[\n" + ",\n".join(jobs) + "\n]"


def measure(place: str) -> Iterator[tuple[str, list[float]]]:
    """Start an exporter with the jobs in `place`; yield the response times during each work."""
    files = PLACES[place]
    with (
        Simulator(running_jobs(WATCHED), api_key=KEY, limits=LIFTED) as api,
        exporter(files(api.base_url, "billing")) as running,
        closing(HTTPConnection(running.address)) as connection,
    ):

        def asking_during(
            path: str, headers: Mapping[str, str], method: str = "GET"
        ) -> list[float]:
            with asking(running.address) as answers:
                ask(connection, path, headers, method)
            return answers

        with asking(running.address) as answers:
            time.sleep(IDLE)
        yield "idle", answers
        yield "first scrape", asking_during("/metrics", GZIP | PATIENT)
        yield "first page", asking_during("/", GZIP)
        for reload in range(RELOADS):
            write(running.folder, files(api.base_url, f"team{reload}"))
            yield f"reload of {place}", asking_during("/-/reload", {}, "POST")


def verdicts() -> Iterator[Verdict]:
    """Measure, and return the verdict on each work."""
    answers: dict[str, list[float]] = defaultdict(list)
    for place in PLACES:
        for work, seconds in measure(place):
            answers[work] += seconds
    for work, seconds in answers.items():
        name = f"/-/healthy, {work}, worst of {len(seconds):,}"
        yield Verdict(name, 1_000 * max(seconds), AT_MOST, MILLISECONDS)


if __name__ == "__main__":
    sys.exit(report(verdicts()))
