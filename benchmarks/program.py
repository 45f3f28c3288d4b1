"""The exporter as a process of its own over a simulated API, and the times of its answers."""

import gzip
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

from exporter.model.duration import DAY
from exporter.simulator import Limits, SimulatedJob, Simulator

KEY = "YmVuY2htYXJr"

LIFTED = Limits(minute=1_000_000, day=1_000_000_000)
"""Limits that no benchmark reaches."""

UNBOUNDED = f"{{share: 1, per_minute: {LIFTED.minute}, per_day: {LIFTED.day}}}"
"""The quota under which those limits bound no read."""

CONFIG = "config.yaml"

Files = Mapping[str, str]
"""The text of each file, by file name."""


GZIP, IDENTITY = {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "identity"}
PATIENT = {"X-Prometheus-Scrape-Timeout-Seconds": "300"}
_ALL_READ = b'fusebill_jobs{account="default",state="unread"} 0.0\n'


class Exporter(NamedTuple):
    """A running exporter: its address, its process id, and the folder of its files."""

    address: str
    pid: int
    folder: Path


class Answered(NamedTuple):
    """An answer's body, and the seconds from the request to the last byte."""

    seconds: float
    body: bytes


def config(
    base_url: str,
    jobs: object,
    *,
    refresh: str = "{active: 1h}",
    quota: str = "{}",
    job_files: str = "[]",
) -> Files:
    """Return a configuration of one account. All arguments but `base_url` are YAML."""
    account = f"base_url: {base_url}, quota: {quota}, job_files: {job_files}, jobs: {jobs}"
    return {CONFIG: f"accounts: [{{{account}}}]\nrefresh: {refresh}\n"}


def write(folder: Path, files: Files) -> None:
    """Write the files, over those that exist."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


@contextmanager
def exporter(files: Files) -> Iterator[Exporter]:
    """Run the exporter over `config.yaml` and the files beside it until the block ends.

    Its log is read and dropped, so the exporter never waits for a reader. Raises SystemExit if the
    exporter does not start.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, files)
        command = [sys.executable, "-m", "exporter", "--web.listen-address=127.0.0.1:0"]
        process = subprocess.Popen(
            [*command, f"--config.file={folder / CONFIG}"],
            env=os.environ | {"FUSEBILL_API_KEY": KEY},
            stderr=subprocess.PIPE,
            text=True,
        )
        with process, ThreadPoolExecutor(1) as reader:
            try:
                lines = iter(process.stderr or ())
                address = _listening(lines)
                reader.submit(deque, lines, 0)
                yield Exporter(address, process.pid, folder)
            finally:
                process.terminate()


def _listening(lines: Iterable[str]) -> str:
    """Return the address from the first line that names one. Raises SystemExit if none does."""
    said = []
    for line in lines:
        said.append(line)
        if "msg=listening" in line:
            return line.partition("address=")[2].strip()
    message = f"the exporter did not start: {''.join(said)}"
    raise SystemExit(message)


class Watching(NamedTuple):
    """A simulated API, the exporter that watches its jobs, and a connection to it."""

    api: Simulator
    exporter: Exporter
    connection: HTTPConnection


@contextmanager
def watching(
    jobs: Sequence[SimulatedJob], *, refresh: str = "{active: 1h}", latency: float = 0.0
) -> Iterator[Watching]:
    """Run an exporter that watches these jobs, none read yet, with limits that bound no read.

    The API is simulated in this process, which so does little else while the exporter reads.
    """
    job_ids = [job.id for job in jobs]
    with Simulator(jobs, api_key=KEY, limits=LIFTED, latency=latency) as api:
        files = config(api.base_url, job_ids, refresh=refresh, quota=UNBOUNDED)
        with (
            exporter(files) as running,
            closing(HTTPConnection(running.address)) as connection,
        ):
            yield Watching(api, running, connection)


def running_jobs(job_ids: Iterable[int]) -> list[SimulatedJob]:
    """Return jobs that begin now and run for a day."""
    created = time.time()
    return [SimulatedJob(job_id, created=created, runs=DAY) for job_id in job_ids]


def finished_jobs(job_ids: Iterable[int]) -> list[SimulatedJob]:
    """Return jobs of many sizes that ran for an hour or less, two to three days ago."""
    created = time.time() - 3 * DAY
    return [
        SimulatedJob(
            job_id,
            total=10 + job_id * 7_919 % 5_000,
            created=created + job_id * 97 % DAY,
            runs=600.0 + job_id * 31 % 3_000,
            failing=0.1 if job_id % 10 == 0 else 0.0,
        )
        for job_id in job_ids
    ]


def read_all(connection: HTTPConnection, headers: Mapping[str, str] = IDENTITY) -> None:
    """Scrape until every job has been read. The last scrape may be the one that read them."""
    while _ALL_READ not in plain(ask(connection, "/metrics", {**headers, **PATIENT}).body):
        pass


def plain(body: bytes) -> bytes:
    """Return a body as it is without compression."""
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def ask(
    connection: HTTPConnection, path: str, headers: Mapping[str, str], method: str = "GET"
) -> Answered:
    """Ask once and read the whole answer. Raises SystemExit if it is not a 200."""
    started = time.perf_counter()
    connection.request(method, path, headers=dict(headers))
    response = connection.getresponse()
    body = response.read()
    seconds = time.perf_counter() - started
    if response.status != 200:  # noqa: PLR2004
        message = f"{method} {path} was answered {response.status}: {body[:200]!r}"
        raise SystemExit(message)
    return Answered(seconds, body)
