"""A key file that hangs: what the account's reads do."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporter.config.api_key import KeyFile, Secret
from exporter.config.loaded import Key, Load, LoadedConfig
from exporter.scrape.threads import MOST_LATE
from tests.support.installation import KEY, RELOADED, Installation, live, opened, play, told
from tests.support.secure_api import Certificates

pytestmark = pytest.mark.slow

SHORT = "refresh: {timeout: 100ms, active: 1s}"
"""For reads that hang. Reads that are to succeed have the usual timeout, on any machine enough."""


class HangingKey:
    """The key in the file `key`. Its reads hang until `released` is set, and are counted."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.reads = 0

    def read(self) -> Secret:
        self.reads += 1
        self.released.wait()
        return Secret(KEY)

    def __call__(self, load: Load) -> Load:
        """Return a load with this key in place of the one in the file."""

        def with_this(before: LoadedConfig | None) -> LoadedConfig:
            loaded = load(before)
            source = loaded.keys["live"].source
            if isinstance(source, KeyFile) and source.path.name == "key":
                return replace(loaded, keys={"live": Key(self, Secret(KEY))})
            return loaded

        return with_this


def test_a_key_that_hangs_fails_the_read_at_its_deadline_and_the_account_is_not_up(
    tmp_path: Path,
) -> None:
    key = HangingKey()

    async def story(installation: Installation) -> None:
        installation.configure(more=SHORT)
        await installation.reload()
        series = await installation.scrape()
        assert live(series, "up") == 0
        assert (live(series, "fetch_errors_total", "timeout") or 0) > 0
        assert live(series, "api_requests_total", "none") == 0
        installation.configure()
        await installation.reload()
        key.released.set()
        while live(await installation.scrape(60.0), "up") == 0:
            pass
        asked = installation.asked()
        assert len(asked) == len(set(asked)), "a read that was given up makes no request afterwards"

    with opened(Installation(tmp_path, key)) as installation:
        play(installation, story)


def test_while_eight_reads_hang_no_further_one_begins_until_the_key_is_elsewhere(
    tmp_path: Path,
) -> None:
    key = HangingKey()

    async def story(installation: Installation) -> None:
        jobs = range(1, 20)
        installation.configure(*jobs)
        await installation.reload()
        key.released.set()
        while len(installation.api.requests) < len(jobs):
            await installation.scrape()
        key.released.clear()
        key.reads = 0
        installation.configure(*jobs, more=SHORT)
        await installation.reload()
        while key.reads < MOST_LATE:
            await installation.scrape(1.0)
        failed = live(await installation.scrape(60.0), "fetch_errors_total", "timeout")
        while live(await installation.scrape(60.0), "fetch_errors_total", "timeout") == failed:
            pass
        assert key.reads == MOST_LATE
        (installation.folder / "other").write_text(KEY, encoding="ascii")
        installation.configure(*jobs)
        text = installation.config.read_text(encoding="utf-8").replace("file: key", "file: other")
        installation.config.write_text(text, encoding="utf-8")
        assert await installation.reload() == RELOADED
        while live(await installation.scrape(60.0), "up") == 0:
            pass
        key.released.set()

    with opened(Installation(tmp_path, key)) as installation:
        play(installation, story)


def test_while_eight_reads_hang_others_begin_once_the_way_to_the_api_is_another(
    tmp_path: Path,
) -> None:
    key = HangingKey()
    jobs = range(1, 20)

    async def story(installation: Installation) -> None:
        Certificates(tmp_path)
        installation.configure(*jobs, more=SHORT)
        await installation.reload()
        while key.reads < MOST_LATE:
            await installation.scrape(1.0)
        for account in ("proxy_url: http://127.0.0.1:9", "tls_config: {ca_file: ca.crt}"):
            before = key.reads
            installation.configure(*jobs, account=account, more=SHORT)
            assert await installation.reload() == RELOADED
            while key.reads == before:
                await installation.scrape(60.0)
        key.released.set()

    with opened(Installation(tmp_path, key)) as installation:
        play(installation, story)


def test_a_key_file_that_becomes_a_pipe_holds_no_scrape_and_leaves_the_last_key(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        key = installation.folder / "key"
        key.unlink()
        os.mkfifo(key)
        with capture_logs() as logs:
            assert live(await installation.scrape(60.0), "up") == 1
            key.unlink()
            installation.write_key(KEY)
            assert live(await installation.scrape(60.0), "up") == 1
        assert told(logs) == ["warning", "info"]

    play(installation, story)
