"""How long a scrape takes: the first one, when everything is read, and one with nothing to read.

    make bench

The simulated API runs in this process and the exporter in one of its own, over real HTTP. Prints
what was measured and exits 1 when a bound is not kept.
"""

import gzip
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from exporter.simulator import SimulatedJob, Simulator

KEY = "YmVuY2htYXJr"
JOBS = 200
WATCHED = range(1, JOBS + 1)
ALL_RUNNING = f'fusebill_jobs{{account="default",state="running"}} {JOBS}.0'.encode()
CONCURRENCY = 8
LATENCY = 0.1
IDEAL = JOBS * LATENCY / CONCURRENCY
FIRST_AT_MOST = 1.25 * IDEAL
IDLE_AT_MOST = 0.010
REPEATS = 3
IDLE_SCRAPES = 50


@contextmanager
def exporter(base_url: str, jobs: int, quota: str = "{}") -> Iterator[str]:
    """Run the exporter over an API and yield the address that it listens on."""
    watched = list(range(1, jobs + 1))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(
            f"accounts: [{{base_url: {base_url}, jobs: {watched}, quota: {quota}}}]\n"
            f"refresh: {{active: 1h, concurrency: {CONCURRENCY}}}\n",
            encoding="utf-8",
        )
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "exporter",
                f"--config.file={file}",
                "--web.listen-address=127.0.0.1:0",
            ],
            env=os.environ | {"FUSEBILL_API_KEY": KEY},
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                lines = process.stderr or ()
                line = next((line for line in lines if "msg=listening" in line), "")
                yield line.partition("address=")[2].strip()
            finally:
                process.terminate()


def scrape(connection: HTTPConnection) -> float:
    """Scrape as Prometheus does, and return the seconds until the whole answer was there."""
    headers = {"Accept-Encoding": "gzip", "X-Prometheus-Scrape-Timeout-Seconds": "30"}
    started = time.perf_counter()
    connection.request("GET", "/metrics", headers=headers)
    body = connection.getresponse().read()
    seconds = time.perf_counter() - started
    if ALL_RUNNING not in gzip.decompress(body):
        message = f"not all of the {JOBS} jobs were read"
        raise SystemExit(message)
    return seconds


def measure() -> tuple[float, list[float]]:
    """Return the seconds of a first scrape, and of scrapes right after it."""
    started = time.time()
    jobs = [SimulatedJob(number, created=started, runs=86_400.0) for number in WATCHED]
    with (
        Simulator(jobs, api_key=KEY, latency=LATENCY) as api,
        exporter(api.base_url, JOBS) as address,
        closing(HTTPConnection(address)) as connection,
    ):
        first = scrape(connection)
        return first, [scrape(connection) for _ in range(IDLE_SCRAPES)]


def verdict(name: str, seconds: float, at_most: float) -> bool:
    """Print a figure beside its bound and return whether it is kept."""
    kept = seconds <= at_most
    print(
        f"{name}: {seconds * 1000:,.1f} ms, at most {at_most * 1000:,.0f} ms: "
        f"{'kept' if kept else 'MISSED'}"
    )
    return kept


def main() -> int:
    """Measure, print, and return the exit code."""
    print(
        f"{JOBS} jobs, {LATENCY * 1000:.0f} ms an answer, concurrency {CONCURRENCY}: "
        f"ideally {IDEAL:.1f} s"
    )
    runs = [measure() for _ in range(REPEATS)]
    idle = [seconds for _, scrapes in runs for seconds in scrapes]
    kept = [
        verdict(
            f"first scrape, slowest of {REPEATS}", max(first for first, _ in runs), FIRST_AT_MOST
        ),
        verdict(f"nothing due, median of {len(idle)}", statistics.median(idle), IDLE_AT_MOST),
        verdict("nothing due, 95th percentile", statistics.quantiles(idle, n=20)[-1], IDLE_AT_MOST),
    ]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
