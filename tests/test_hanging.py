"""Files that hang: a key, and job files. Nothing that serves waits for them without an end."""

import os
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from structlog.testing import capture_logs

from exporter.job_files import JobFiles, look
from exporter.secret import Secret
from exporter.setup import Key, Load, Setup
from tests.house import KEY, LONG, House, live, opened, play, told, up_of, watch_folder

SHORT = "refresh: {timeout: 100ms}"


class HangingKey:
    """The key of an account in a file that hangs until it is let."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.reads = 0

    def read(self) -> Secret:
        self.reads += 1
        self.let.wait()
        return Secret(KEY)

    def __call__(self, load: Load) -> Load:
        """Return a load with this key."""

        def with_this(known: JobFiles) -> Setup:
            return replace(load(known), keys={"live": Key(self, Secret(KEY))})

        return with_this


def test_a_key_that_hangs_fails_the_read_at_its_deadline_and_the_account_is_not_up(
    tmp_path: Path,
) -> None:
    key = HangingKey()

    async def story(house: House) -> None:
        house.configure(more=SHORT)
        await house.reload()
        series = await house.scrape()
        assert live(series, "up") == 0
        assert (live(series, "fetch_errors_total", "timeout") or 0) > 0
        assert live(series, "api_requests_total", "none") == 0
        key.let.set()
        while live(await house.scrape(60.0), "up") == 0:
            pass
        asked = house.asked()
        assert len(asked) == len(set(asked)), "what was given up asks nothing afterwards"

    with opened(House(tmp_path, key)) as house:
        play(house, story)


def test_a_key_file_that_becomes_a_pipe_holds_no_scrape_and_a_file_mends_it(house: House) -> None:
    async def story(house: House) -> None:
        key = house.folder / "key"
        key.unlink()
        os.mkfifo(key)
        with capture_logs() as logs:
            series = await house.scrape()
        assert (live(series, "up"), live(series, "fetch_errors_total", "unauthorized")) == (0, 1)
        assert told(logs) == ["warning"]
        key.unlink()
        house.write_key(KEY)
        assert live(await house.scrape(60.0), "up") == 1

    play(house, story)


class Stuck:
    """Looks at job files that end when they are let, counted."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.looks = 0

    def __call__(self, patterns: Iterable[Path], known: JobFiles) -> JobFiles:
        self.looks += 1
        self.let.wait()
        return look(patterns, known)


def test_one_look_at_job_files_that_hang_is_waited_for_once(tmp_path: Path) -> None:
    stuck = Stuck()

    async def story(house: House) -> None:
        watch_folder(house, 1)
        await house.reload()
        for _ in range(20):
            assert up_of(await house.scrape()) == {"live/1": 1}
        assert stuck.looks == 1
        stuck.let.set()

    with opened(House(tmp_path, look=stuck, patience=LONG._replace(look=0.1))) as house:
        play(house, story)


def test_job_files_that_hang_are_told_once_and_their_end_too(tmp_path: Path) -> None:
    stuck = Stuck()

    async def story(house: House) -> None:
        watch_folder(house, 1)
        await house.reload()
        with capture_logs() as logs:
            while stuck.looks < 3:
                await house.scrape()
            stuck.let.set()
            while len(told(logs)) < 2:
                await house.scrape()
        assert told(logs) == ["warning", "info"]

    patience = LONG._replace(load=0.2, look=0.1)
    with opened(House(tmp_path, look=stuck, patience=patience)) as house:
        play(house, story)
