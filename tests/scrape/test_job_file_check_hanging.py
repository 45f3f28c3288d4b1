"""Job files that hang: no scrape waits long for the check."""

import asyncio
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporter.config.job_files import JobFiles, reread
from tests.support.installation import (
    LONG,
    RELOADED,
    Installation,
    opened,
    play,
    told,
    up_of,
    watch_folder,
)

pytestmark = pytest.mark.slow

HANG = "job files hang, keeping their known jobs"
AGAIN = "the exporter can read the job files again"

SHORT = LONG._replace(scrape=0.1)
"""For a check that hangs."""


def test_a_file_system_that_hangs_holds_no_scrape(tmp_path: Path) -> None:
    released = threading.Event()

    def stuck(patterns: Iterable[Path], known: JobFiles) -> JobFiles:
        released.wait()
        return reread(patterns, known)

    async def story(installation: Installation) -> None:
        file = watch_folder(installation, 1)
        await installation.reload()
        file.write_text("- 2\n", encoding="ascii")
        assert up_of(await installation.scrape()) == {"live/1": 1}
        released.set()
        while up_of(await installation.scrape()) != {"live/1": 1, "live/2": 1}:
            pass

    with opened(Installation(tmp_path, reread=stuck, timeouts=SHORT)) as installation:
        play(installation, story)


def test_a_reload_leaves_a_check_behind_that_hangs(tmp_path: Path) -> None:
    released = threading.Event()
    first = iter([True])

    def stuck(patterns: Iterable[Path], known: JobFiles) -> JobFiles:
        if next(first, False):
            released.wait()
        return reread(patterns, known)

    async def story(installation: Installation) -> None:
        file = watch_folder(installation, 1)
        await installation.reload()
        await installation.scrape()
        await installation.reload()
        file.write_text("- 2\n", encoding="ascii")
        while up_of(await installation.scrape()) != {"live/1": 1, "live/2": 1}:
            pass
        released.set()

    with opened(Installation(tmp_path, reread=stuck, timeouts=SHORT)) as installation:
        play(installation, story)


WAITED = 1.0


class Stuck:
    """Reads job files. The reads hang until `released` is set, and are counted."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.hangs = True
        self.reads = 0

    def __call__(self, patterns: Iterable[Path], known: JobFiles) -> JobFiles:
        self.reads += 1
        if self.hangs:
            self.released.wait()
        return reread(patterns, known)


def test_only_one_scrape_waits_for_a_check_that_hangs(tmp_path: Path) -> None:
    stuck = Stuck()

    async def story(installation: Installation) -> None:
        watch_folder(installation, 1)
        await installation.reload()
        clock = asyncio.get_running_loop().time
        await installation.scrape()
        began = clock()
        for _ in range(10):
            assert up_of(await installation.scrape()) == {"live/1": 1}
        assert clock() - began < 5 * WAITED, "each scrape would have waited"
        assert stuck.reads == 1
        stuck.released.set()

    with opened(
        Installation(tmp_path, reread=stuck, timeouts=LONG._replace(scrape=WAITED))
    ) as installation:
        play(installation, story)


def test_after_a_reload_with_other_job_files_these_are_checked(tmp_path: Path) -> None:
    stuck = Stuck()

    async def story(installation: Installation) -> None:
        watch_folder(installation, 1)
        await installation.reload()
        with capture_logs() as logs:
            while not told(logs):
                await installation.scrape()
        stuck.hangs = False
        installation.configure(1, account="job_files: [other.yaml]")
        assert await installation.reload() == RELOADED
        (installation.folder / "other.yaml").write_text("- 2\n", encoding="ascii")
        assert up_of(await installation.scrape()) == {"live/1": 1, "live/2": 1}
        stuck.released.set()

    timeouts = LONG._replace(load=WAITED, scrape=0.1)
    with opened(Installation(tmp_path, reread=stuck, timeouts=timeouts)) as installation:
        play(installation, story)


def test_job_files_that_hang_are_logged_once_and_so_is_their_end(tmp_path: Path) -> None:
    stuck = Stuck()

    async def story(installation: Installation) -> None:
        watch_folder(installation, 1)
        await installation.reload()
        with capture_logs() as logs:
            while not told(logs):
                await installation.scrape()
            for _ in range(20):
                await installation.scrape()
            assert stuck.reads == 1, "no other check begins while one hangs"
            stuck.released.set()
            while len(told(logs)) < 2:
                await installation.scrape()
        assert told(logs) == ["warning", "info"]

    timeouts = LONG._replace(load=WAITED, scrape=0.1)
    with opened(Installation(tmp_path, reread=stuck, timeouts=timeouts)) as installation:
        play(installation, story)


def test_a_reload_while_job_files_hang_adds_no_line_and_their_end_has_one(tmp_path: Path) -> None:
    stuck = Stuck()

    async def story(installation: Installation) -> None:
        watch_folder(installation, 1)
        await installation.reload()
        with capture_logs() as logs:
            while "warning" not in told(logs):
                await installation.scrape()
            stuck.hangs = False
            await installation.reload()
            stuck.hangs = True
            while stuck.reads < 2:
                await installation.scrape()
            clock = asyncio.get_running_loop().time
            late = clock() + 2 * WAITED  # by then the second check hangs as well
            while clock() < late:
                await installation.scrape()
            stuck.released.set()
            while AGAIN not in [line["event"] for line in logs]:
                await installation.scrape()
        events = [line["event"] for line in logs if line["log_level"] != "debug"]
        assert [events.count(HANG), events.count(AGAIN)] == [1, 1]

    timeouts = LONG._replace(load=WAITED, scrape=0.1)
    with opened(Installation(tmp_path, reread=stuck, timeouts=timeouts)) as installation:
        play(installation, story)
