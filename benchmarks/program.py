"""The exporter in a process of its own over a simulated API, and how long its answers take."""

import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

from exporter.simulator import Limits, SimulatedJob

KEY = "YmVuY2htYXJr"

LIFTED = Limits(minute=1_000_000, day=1_000_000_000)
"""Limits that no benchmark reaches."""

UNBOUNDED = f"{{share: 1, per_minute: {LIFTED.minute}, per_day: {LIFTED.day}}}"
"""The quota under which they bound no read."""

CONFIG = "config.yaml"

Files = Mapping[str, str]
"""The text of each file, by its name."""


class Exporter(NamedTuple):
    """A running exporter: where it listens, its process, and the folder of its files."""

    address: str
    pid: int
    folder: Path


class Answered(NamedTuple):
    """The body of an answer, and the seconds from the request until its last byte was there."""

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
    """Return a configuration of one account; all but its address is written as YAML."""
    account = f"base_url: {base_url}, quota: {quota}, job_files: {job_files}, jobs: {jobs}"
    return {CONFIG: f"accounts: [{{{account}}}]\nrefresh: {refresh}\n"}


def write(folder: Path, files: Files) -> None:
    """Write the files, anew where there are such."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


@contextmanager
def exporter(files: Files) -> Iterator[Exporter]:
    """Run the exporter over `config.yaml` and what else stands beside it, until the block ends.

    What it logs is read and dropped, so it never waits for a reader. Raises SystemExit when it does
    not start.
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
    """Return the address in the first line that says it; raise SystemExit when none does."""
    said = []
    for line in lines:
        said.append(line)
        if "msg=listening" in line:
            return line.partition("address=")[2].strip()
    message = f"the exporter did not start: {''.join(said)}"
    raise SystemExit(message)


def running_jobs(job_ids: Iterable[int]) -> list[SimulatedJob]:
    """Return jobs that began now and run for a day."""
    created = time.time()
    return [SimulatedJob(job_id, created=created, runs=86_400.0) for job_id in job_ids]


def ask(
    connection: HTTPConnection, path: str, headers: Mapping[str, str], method: str = "GET"
) -> Answered:
    """Ask once and take the whole answer. Raises SystemExit when it is not a 200."""
    started = time.perf_counter()
    connection.request(method, path, headers=dict(headers))
    response = connection.getresponse()
    body = response.read()
    seconds = time.perf_counter() - started
    if response.status != 200:  # noqa: PLR2004
        message = f"{method} {path} was answered {response.status}: {body[:200]!r}"
        raise SystemExit(message)
    return Answered(seconds, body)


def verdict(name: str, seconds: float, at_most: float) -> bool:
    """Print a figure beside its bound and return whether it is kept."""
    kept = seconds <= at_most
    print(
        f"{name}: {seconds * 1000:,.1f} ms, at most {at_most * 1000:,.0f} ms: "
        f"{'kept' if kept else 'MISSED'}"
    )
    return kept
