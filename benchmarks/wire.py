"""The response times of `/metrics` with 10,000 jobs, beside servers of the same exposition.

    python -m benchmarks.wire

In each round every server is asked once, on a connection that stays open; prometheus-client, which
is slow, only in some rounds. Times are medians, from sending the request to the last byte. Of the
jobs 9,900 have finished and 100 run, or all run. "Nothing due": no job has to be read. "100
changed": before each round the 100 that run are probed, so the scrape shows new values of them and
reads none; both are checked. Exits 1 if a bound is missed.
"""

import gc
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection
from statistics import median, quantiles

from benchmarks.peers import PROMETHEUS_CLIENT, SEND_ONLY, prometheus_client, send_only
from benchmarks.program import (
    GZIP,
    IDENTITY,
    UNBOUNDED,
    Watching,
    ask,
    config,
    finished_jobs,
    plain,
    read_all,
    running_jobs,
    watching,
    write,
)
from benchmarks.verdict import MILLISECONDS, Verdict, report
from exporter.simulator import SimulatedJob

JOBS, RUNNING = range(1, 10_001), range(100, 10_001, 100)
ROUNDS, SELDOM = 100, 25
"""Rounds, of which one in `SELDOM` also asks prometheus-client."""

CHANGES, ACTIVE = 30, 2.0
"""Rounds in which jobs changed, and the `refresh.active` of these, in seconds: time enough for all
the probes of a round, so that none of the jobs is due again at its scrape."""

OURS = "ours"
GZIP_AT_MOST, IDENTITY_AT_MOST, CHANGED_AT_MOST = 8.0, 5.0, 25.0
"""Times send only."""

P95_AT_MOST = 2.0
"""Times the median."""

READ_AT = re.compile(
    rb'^fusebill_service_job_read_timestamp_seconds\{account="default",job_id="(\d+)"\} (.+)$',
    re.MULTILINE,
)


def mixed_jobs() -> list[SimulatedJob]:
    """Return 100 jobs that run, spread among 9,900 that have finished."""
    return running_jobs(RUNNING) + finished_jobs(set(JOBS) - set(RUNNING))


def in_turn(
    connections: Mapping[str, HTTPConnection], headers: Mapping[str, str]
) -> dict[str, list[float]]:
    """Scrape on each connection in turn; return the milliseconds of each."""
    times: dict[str, list[float]] = {name: [] for name in connections}
    for number in range(ROUNDS):
        for name, connection in connections.items():
            if name != PROMETHEUS_CLIENT or number % SELDOM == 0:
                times[name].append(scrape(connection, headers))
    return times


def scrape(connection: HTTPConnection, headers: Mapping[str, str]) -> float:
    """Scrape on a connection; return the milliseconds."""
    return 1_000 * ask(connection, "/metrics", headers).seconds


def nothing_due(service: Watching, headers: Mapping[str, str]) -> dict[str, list[float]]:
    """Return the milliseconds of scrapes in which nothing is due, ours and the peers'."""
    body = ask(service.connection, "/metrics", headers).body
    with send_only(body, _encoding(headers)) as ready, prometheus_client(plain(body)) as library:
        connections = {
            OURS: service.connection,
            SEND_ONLY: ready.connection,
            PROMETHEUS_CLIENT: library.connection,
        }
        for connection in connections.values():
            scrape(connection, headers)
        before = len(service.api.requests)
        times = in_turn(connections, headers)
        _demand(len(service.api.requests) == before, "a scrape with nothing due read a job")
        return times


def changed(service: Watching) -> dict[str, list[float]]:
    """Return the milliseconds of scrapes before each of which the running jobs got new values."""
    refresh = f"{{active: {ACTIVE:g}s}}"
    write(
        service.exporter.folder,
        config(service.api.base_url, list(JOBS), refresh=refresh, quota=UNBOUNDED),
    )
    ask(service.connection, "/-/reload", {}, "POST")
    body = ask(service.connection, "/metrics", GZIP).body
    times: dict[str, list[float]] = {OURS: [], SEND_ONLY: []}
    due = dict.fromkeys(RUNNING, time.monotonic() + ACTIVE)
    with send_only(body, _encoding(GZIP)) as ready:
        scrape(ready.connection, GZIP)
        for _ in range(CHANGES):
            probe(service.connection, due)
            read = len(service.api.requests)
            before = body
            seconds, body = ask(service.connection, "/metrics", GZIP)
            times[OURS].append(1_000 * seconds)
            times[SEND_ONLY].append(scrape(ready.connection, GZIP))
            _demand(len(service.api.requests) == read, "a timed scrape read a job")
            _demand(_differ(before, body) == set(RUNNING), "not the 100 jobs changed")
    return times


def probe(connection: HTTPConnection, due: dict[int, float]) -> None:
    """Probe each job once it is due, and note when it is due again (monotonic seconds)."""
    for job_id, at in due.items():
        time.sleep(max(0.0, at - time.monotonic()))
        ask(connection, f"/probe?target={job_id}", {})
        due[job_id] = time.monotonic() + ACTIVE


def _encoding(headers: Mapping[str, str]) -> dict[str, str]:
    return {"Content-Encoding": "gzip"} if headers is GZIP else {}


def _differ(before: bytes, after: bytes) -> set[int]:
    """Return the ids of the jobs that another read gave values."""
    changes = set(READ_AT.findall(plain(before))) ^ set(READ_AT.findall(plain(after)))
    return {int(job_id) for job_id, _ in changes}


def _demand(truth: bool, otherwise: str) -> None:  # noqa: FBT001
    if not truth:
        raise SystemExit(otherwise)


def of_times(name: str, times: Mapping[str, Sequence[float]], at_most: float) -> Iterator[Verdict]:
    """Return the verdicts on the median of our times, and on their 95th percentile."""
    ours = median(times[OURS])
    peers = {peer: median(theirs) for peer, theirs in times.items() if peer != OURS}
    yield Verdict(f"/metrics, {name}", ours, at_most, MILLISECONDS, peers, per=SEND_ONLY)
    p95 = quantiles(times[OURS], n=20)[-1]
    yield Verdict(
        f"/metrics, {name}, 95th percentile",
        p95,
        P95_AT_MOST,
        MILLISECONDS,
        {"its median": ours},
        per="its median",
    )


def verdicts() -> Iterator[Verdict]:
    """Measure, and return the verdicts."""
    gc.disable()
    with watching(mixed_jobs()) as service:
        read_all(service.connection)
        times = nothing_due(service, GZIP)
        yield from of_times("gzip, nothing due", times, GZIP_AT_MOST)
        times = nothing_due(service, IDENTITY)
        yield from of_times("identity, nothing due", times, IDENTITY_AT_MOST)
        yield from of_times("gzip, 100 changed", changed(service), CHANGED_AT_MOST)
    with watching(running_jobs(JOBS)) as service:
        read_all(service.connection)
        times = nothing_due(service, GZIP)
        yield from of_times("gzip, nothing due, all running", times, GZIP_AT_MOST)


if __name__ == "__main__":
    sys.exit(report(verdicts()))
