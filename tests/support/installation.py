"""An installation of the exporter in this process: configuration files that can be reloaded."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from structlog.typing import EventDict

from exporter.config.job_files import JobFiles, reread
from exporter.config.loaded import Load, LoadedConfig, load_everything
from exporter.model.instant import Instant
from exporter.scrape.file_check import FileTimeouts
from exporter.scrape.reload import Reloader
from exporter.simulator import SimulatedJob, Simulator
from exporter.web.app import create_app
from tests.support.asgi import Answer, Ask, answer_to
from tests.support.in_process import START, Series, series_of
from tests.support.program import PATIENCE
from tests.support.readers import KEY
from tests.support.scripted_account import run

OTHER_KEY = "b3RoZXI"
JOBS = (1, 2, 3)
LONG = FileTimeouts(load=PATIENCE, scrape=PATIENCE)
RELOADED = Answer(200, {}, b"Reloaded\n")


class Installation:
    """A folder with a configuration, a simulated API, and the application, all on one clock."""

    def __init__(
        self,
        folder: Path,
        load: Callable[[Load], Load] = lambda load: load,
        reread: Callable[[Iterable[Path], JobFiles], JobFiles] = reread,
        timeouts: FileTimeouts = LONG,
    ) -> None:
        self.seconds = 0.0
        self.folder = folder
        jobs = [SimulatedJob(one, created=START, runs=10_000.0) for one in (1, 2, 3, 4)]
        self.holds = False
        self._free = threading.Event()
        self._free.set()
        self.api = Simulator(jobs, api_key=KEY, clock=self._time_of_the_api)
        self.write_key(KEY)
        self.configure()
        read = load(partial(load_everything, self.config))
        self.reloader = Reloader(read(None), read, self.now, reread, timeouts)
        self.app = create_app(self.reloader.collector, "/metrics", self.reloader.reload)

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    def configure(
        self,
        *jobs: int,
        url: str = "",
        account: str = "",
        more: str = "",
        name: str = "live",
        key_file: str = "key",
    ) -> None:
        """Write the configuration: one account with these jobs.

        `account` is more YAML of the account, `more` of the file.
        """
        text = (
            f"accounts:\n- name: {name}\n  base_url: {url or self.api.base_url}\n"
            f"  api_key_file: {key_file}\n  jobs: {list(jobs or JOBS)}\n  {account}\n{more}\n"
        )
        self.config.write_text(text, encoding="utf-8")

    def write_key(self, key: str) -> None:
        file = self.folder / "key"
        file.touch(mode=0o600)
        file.write_text(f"{key}\n", encoding="ascii")

    def now(self) -> Instant:
        return Instant(self.seconds, START + self.seconds)

    def asked(self) -> list[int]:
        """Return the jobs that the API was asked for since the last call."""
        asked = [int(request.path.rpartition("/")[2]) for request in self.api.requests]
        self.api.requests.clear()
        return asked

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold every request to the API, not yet recorded; `holds` is true once one has come."""
        self._free.clear()
        try:
            yield
        finally:
            self.holds = False
            self._free.set()

    def _time_of_the_api(self) -> float:
        """Return the time. The API asks for it before it decides on a request."""
        if not self._free.is_set():
            self.holds = True
            self._free.wait()
        return START + self.seconds

    async def reload(self) -> Answer:
        answer = await answer_to(self.app, Ask("/-/reload", method="POST"))
        return answer._replace(headers={})

    async def scrape(self, after: float = 0.0) -> Series:
        """Let `after` seconds pass, scrape, and return the series."""
        self.seconds += after
        answer = await answer_to(self.app, Ask("/metrics"))
        return series_of(answer)


Story = Callable[[Installation], Coroutine[Any, Any, None]]


@contextmanager
def opened(made: Installation) -> Iterator[Installation]:
    """Run the API of an installation during the block, and close everything after it."""
    with made.api:
        try:
            yield made
        finally:
            made.reloader.close()


def play(installation: Installation, story: Story) -> None:
    """Run a story of the installation to its end, as `run` does."""
    run(story(installation))


async def until(condition: Callable[[], bool]) -> None:
    """Let other tasks run until the condition is true."""
    while not condition():  # noqa: ASYNC110  a thread makes it true
        await asyncio.sleep(0)


def up_of(series: Series) -> dict[str, float]:
    return {labels: value for (name, labels), value in series.items() if name == "service_job_up"}


def live(series: Series, name: str, *labels: object) -> float | None:
    """Return a value of the account `live`, by the other labels."""
    return series.get((name, "/".join(map(str, ("live", *labels)))))


def told(logs: list[EventDict]) -> list[str]:
    """Return the levels of the logged lines, without debug."""
    return [line["log_level"] for line in logs if line["log_level"] != "debug"]


def watch_folder(installation: Installation, *jobs: int) -> Path:
    """Configure these jobs and a folder of job files; return the path of a job file in it."""
    (installation.folder / "jobs.d").mkdir()
    installation.configure(*jobs, account='job_files: ["jobs.d/*.yaml"]')
    return installation.folder / "jobs.d/october.yaml"


class Slow:
    """Wraps a load so that it ends when a test lets it; `begun` counts the loads begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.gate = threading.Semaphore(1)  # admits the load of the start

    def __call__(self, load: Load) -> Load:
        def slowly(before: LoadedConfig | None) -> LoadedConfig:
            loaded = load(before)
            self.begun += 1
            self.gate.acquire()
            return loaded

        return slowly
