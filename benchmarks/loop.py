"""The longest response time of `/-/healthy` while the exporter works on 10,000 jobs.

    python -m benchmarks.loop

Asked during a first scrape, which reads and renders all jobs; while the first page is rendered; and
during reloads that give all jobs other names and labels, in the configuration file or in a job
file. A process of its own asks, 5 ms after each answer. Exits 1 if a bound is missed.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection

from benchmarks.health import asking
from benchmarks.program import (
    KEY,
    LIFTED,
    UNBOUNDED,
    Files,
    ask,
    config,
    exporter,
    running_jobs,
    verdict,
    write,
)
from exporter.simulator import Simulator

WATCHED = range(1, 10_001)
AT_MOST = 0.250
IDLE = 2.0
RELOADS = 3
GZIP = {"Accept-Encoding": "gzip"}
LONG_SCRAPE = GZIP | {"X-Prometheus-Scrape-Timeout-Seconds": "60"}
JOB_FILE = "jobs.yaml"


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
        yield "first scrape", asking_during("/metrics", LONG_SCRAPE)
        yield "first page", asking_during("/", GZIP)
        for reload in range(RELOADS):
            write(running.folder, files(api.base_url, f"team{reload}"))
            yield f"reload of {place}", asking_during("/-/reload", {}, "POST")


def main() -> int:
    """Measure, print, and return the exit code."""
    answers: dict[str, list[float]] = defaultdict(list)
    for place in PLACES:
        for work, seconds in measure(place):
            answers[work] += seconds
    kept = [
        verdict(f"/-/healthy, {work}, worst of {len(seconds):,}", max(seconds), AT_MOST)
        for work, seconds in answers.items()
    ]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
