"""Files that hang: a key, and job files. Nothing that serves waits for them without an end."""

import asyncio
import os
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from structlog.testing import capture_logs

from exporter.config.api_key import KeyFile, Secret
from exporter.config.job_files import JobFiles, reread
from exporter.config.loaded import Key, Load, LoadedConfig
from exporter.scrape.accounts import MOST_LATE
from exporter.scrape.reload import MOST_LATE as MOST_LOADS
from tests.support.house import (
    KEY,
    LONG,
    RELOADED,
    House,
    Slow,
    live,
    opened,
    play,
    told,
    until,
    up_of,
    watch_folder,
)

WAITED = 1.0
SHORT = "refresh: {timeout: 100ms, active: 1s}"


class HangingKey:
    """The key of an account in the file `key`, which hangs until it is let."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.reads = 0

    def read(self) -> Secret:
        self.reads += 1
        self.let.wait()
        return Secret(KEY)

    def __call__(self, load: Load) -> Load:
        """Return a load with this key in the place of that file."""

        def with_this(known: JobFiles) -> LoadedConfig:
            loaded = load(known)
            source = loaded.keys["live"].source
            if isinstance(source, KeyFile) and source.path.name == "key":
                return replace(loaded, keys={"live": Key(self, Secret(KEY))})
            return loaded

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


def test_while_eight_reads_hang_no_further_one_is_begun_until_the_key_is_elsewhere(
    tmp_path: Path,
) -> None:
    key = HangingKey()

    async def story(house: House) -> None:
        house.configure(*range(1, 20), more=SHORT)
        await house.reload()
        key.let.set()
        await house.scrape()
        key.let.clear()
        key.reads = 0
        while key.reads < MOST_LATE:
            await house.scrape(1.0)
        failed = live(await house.scrape(60.0), "fetch_errors_total", "timeout")
        while live(await house.scrape(60.0), "fetch_errors_total", "timeout") == failed:
            pass
        assert key.reads == MOST_LATE
        (house.folder / "other").write_text(KEY, encoding="ascii")
        text = house.config.read_text(encoding="utf-8").replace("file: key", "file: other")
        house.config.write_text(text, encoding="utf-8")
        assert await house.reload() == RELOADED
        assert live(await house.scrape(60.0), "up") == 1
        key.let.set()

    with opened(House(tmp_path, key)) as house:
        play(house, story)


def test_while_eight_loads_hang_no_further_one_is_begun(tmp_path: Path) -> None:
    slow = Slow()

    async def story(house: House) -> None:
        answers = [(await house.reload()).text for _ in range(MOST_LOADS + 2)]
        await until(lambda: slow.begun == 1 + MOST_LOADS)  # that of the start, and eight that hang
        assert answers[-1] == "the files cannot be read: 8 earlier loads have not ended yet\n"
        slow.gate.release(1_000)
        while await house.reload() != RELOADED:
            pass

    with opened(House(tmp_path, slow, patience=LONG._replace(load=0.1))) as house:
        play(house, story)


def test_a_key_file_that_becomes_a_pipe_holds_no_scrape_and_leaves_the_last_key(
    house: House,
) -> None:
    async def story(house: House) -> None:
        key = house.folder / "key"
        key.unlink()
        os.mkfifo(key)
        with capture_logs() as logs:
            assert live(await house.scrape(60.0), "up") == 1
            key.unlink()
            house.write_key(KEY)
            assert live(await house.scrape(60.0), "up") == 1
        assert told(logs) == ["warning", "info"]

    play(house, story)


def test_a_configuration_that_becomes_a_pipe_is_refused_and_holds_no_load(house: House) -> None:
    async def story(house: House) -> None:
        house.config.unlink()
        os.mkfifo(house.config)
        for _ in range(MOST_LOADS + 1):
            answer = await house.reload()
            assert answer.text == f"{house.config}: expected a regular file\n"
        house.config.unlink()
        house.configure()
        assert await house.reload() == RELOADED

    play(house, story)


class Stuck:
    """Looks at job files that end when they are let, counted."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.hangs = True
        self.looks = 0

    def __call__(self, patterns: Iterable[Path], known: JobFiles) -> JobFiles:
        self.looks += 1
        if self.hangs:
            self.let.wait()
        return reread(patterns, known)


def test_a_look_at_job_files_that_hangs_is_waited_for_by_one_scrape(tmp_path: Path) -> None:
    stuck = Stuck()

    async def story(house: House) -> None:
        watch_folder(house, 1)
        await house.reload()
        clock = asyncio.get_running_loop().time
        await house.scrape()
        began = clock()
        for _ in range(10):
            assert up_of(await house.scrape()) == {"live/1": 1}
        assert clock() - began < 5 * WAITED, "each would have waited"
        assert stuck.looks == 1
        stuck.let.set()

    with opened(House(tmp_path, reread=stuck, patience=LONG._replace(scrape=WAITED))) as house:
        play(house, story)


def test_after_a_reload_with_other_job_files_they_are_looked_at(tmp_path: Path) -> None:
    stuck = Stuck()

    async def story(house: House) -> None:
        watch_folder(house, 1)
        await house.reload()
        with capture_logs() as logs:
            while not told(logs):
                await house.scrape()
        stuck.hangs = False
        house.configure(1, account="job_files: [other.yaml]")
        assert await house.reload() == RELOADED
        (house.folder / "other.yaml").write_text("- 2\n", encoding="ascii")
        assert up_of(await house.scrape()) == {"live/1": 1, "live/2": 1}
        stuck.let.set()

    patience = LONG._replace(load=WAITED, scrape=0.1)
    with opened(House(tmp_path, reread=stuck, patience=patience)) as house:
        play(house, story)


def test_job_files_that_hang_are_told_once_and_their_end_too(tmp_path: Path) -> None:
    stuck = Stuck()

    async def story(house: House) -> None:
        watch_folder(house, 1)
        await house.reload()
        with capture_logs() as logs:
            while not told(logs):
                await house.scrape()
            for _ in range(20):
                await house.scrape()
            assert stuck.looks == 1, "no other one is begun while one hangs"
            stuck.let.set()
            while len(told(logs)) < 2:
                await house.scrape()
        assert told(logs) == ["warning", "info"]

    patience = LONG._replace(load=WAITED, scrape=0.1)
    with opened(House(tmp_path, reread=stuck, patience=patience)) as house:
        play(house, story)
