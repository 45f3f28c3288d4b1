"""The time from starting the exporter until it listens.

    python -m benchmarks.start

Beside it, the time in which Python starts and imports `requests`, `yaml` and `prometheus_client`,
which the exporter stands on; it imports `requests` with the first read only. Both start in turn.
Exits 1 if the bound is missed.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.program import config, exporter
from benchmarks.verdict import MILLISECONDS, Verdict, report

STARTS = 15
AT_MOST = 250.0
"""Milliseconds."""

FILES = config("http://127.0.0.1:9/v1", [1])
IMPORTS = "import requests, yaml, prometheus_client; print(flush=True)"


def ours() -> float:
    """Start the exporter; return the milliseconds until it says that it listens."""
    began = time.perf_counter()
    with exporter(FILES):
        return 1_000 * (time.perf_counter() - began)


def imports() -> float:
    """Start Python; return the milliseconds until it has imported the three libraries."""
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", IMPORTS], stdout=subprocess.PIPE) as process:
        if process.stdout is not None:
            process.stdout.readline()
        return 1_000 * (time.perf_counter() - began)


def verdicts() -> Iterator[Verdict]:
    """Measure, and return the verdict."""
    times = [(ours(), imports()) for _ in range(STARTS + 1)][1:]  # the first fills the disk's cache
    own, imported = map(statistics.median, zip(*times, strict=True))
    peers = {"importing requests, yaml, prometheus_client": imported}
    yield Verdict("start to listening", own, AT_MOST, MILLISECONDS, peers)


if __name__ == "__main__":
    sys.exit(report(verdicts()))
