"""A key file that hangs while its key is refused: no scrape waits long for the look at it."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from exporter.config.api_key import KeyFile, Secret
from exporter.config.loaded import Key, Load, LoadedConfig
from tests.support.installation import (
    KEY,
    LONG,
    OTHER_KEY,
    RELOADED,
    Installation,
    live,
    opened,
    play,
    until,
)

pytestmark = pytest.mark.slow

WAITED = 1.0


class HangingFile(KeyFile):
    """A key file. Its reads hang unless `free` is set, and are counted when they begin and end."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.free = threading.Event()
        self.free.set()
        self.begun = self.ended = 0

    def read(self) -> Secret:
        self.begun += 1
        self.free.wait()
        key = super().read()
        self.ended += 1
        return key


class Hangs:
    """Wraps a load so that the file `key` is the hanging `file`."""

    def __init__(self, folder: Path) -> None:
        self.file = HangingFile(folder / "key")

    def __call__(self, load: Load) -> Load:
        def with_this(before: LoadedConfig | None) -> LoadedConfig:
            loaded = load(before)
            if loaded.config.accounts[0].api_key_file != self.file.path:
                return loaded
            return replace(loaded, keys={"live": Key(self.file, self.file.load(None))})

        return with_this


async def hang_with_a_refused_key(installation: Installation, file: HangingFile) -> None:
    installation.api.api_key = OTHER_KEY
    assert live(await installation.scrape(), "api_blocked", "key") == 1
    installation.asked()
    file.begun = file.ended = 0
    file.free.clear()


def test_only_one_scrape_waits_for_a_key_file_that_hangs_and_the_key_is_found_after_it(
    tmp_path: Path,
) -> None:
    hangs = Hangs(tmp_path)

    async def story(installation: Installation) -> None:
        await hang_with_a_refused_key(installation, hangs.file)
        installation.write_key(OTHER_KEY)
        clock = asyncio.get_running_loop().time
        began = clock()
        for _ in range(10):
            await installation.scrape()
        assert clock() - began < 5 * WAITED, "each scrape would have waited"
        assert hangs.file.begun == 1, "no other look begins while one hangs"
        hangs.file.free.set()
        while live(await installation.scrape(), "up") != 1:
            pass

    timeouts = LONG._replace(scrape=WAITED)
    with opened(Installation(tmp_path, hangs, timeouts=timeouts)) as installation:
        play(installation, story)


def test_a_look_that_ends_after_a_reload_to_another_file_ends_no_back_off(tmp_path: Path) -> None:
    hangs = Hangs(tmp_path)

    async def story(installation: Installation) -> None:
        await hang_with_a_refused_key(installation, hangs.file)
        installation.write_key(OTHER_KEY)
        await installation.scrape()
        (installation.folder / "other").write_text(KEY, encoding="ascii")
        installation.configure(key_file="other")
        assert await installation.reload() == RELOADED
        hangs.file.free.set()
        await until(lambda: hangs.file.ended == 1)
        for _ in range(10):
            await installation.scrape()
        assert installation.asked() == []

    timeouts = LONG._replace(scrape=0.1)
    with opened(Installation(tmp_path, hangs, timeouts=timeouts)) as installation:
        play(installation, story)
