"""The exporter as a process of its own over a simulated API, and the times of its answers."""

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
"""The quota under which those limits bound no read."""

CONFIG = "config.yaml"

Files = Mapping[str, str]
"""The text of each file, by file name."""


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


def running_jobs(job_ids: Iterable[int]) -> list[SimulatedJob]:
    """Return jobs that begin now and run for a day."""
    created = time.time()
    return [SimulatedJob(job_id, created=created, runs=86_400.0) for job_id in job_ids]


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


def verdict(name: str, seconds: float, at_most: float) -> bool:
    """Print a figure beside its bound, and return whether the bound is kept."""
    kept = seconds <= at_most
    print(
        f"{name}: {seconds * 1000:,.1f} ms, at most {at_most * 1000:,.0f} ms: "
        f"{'kept' if kept else 'MISSED'}"
    )
    return kept
