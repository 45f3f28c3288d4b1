"""A reload whose files hang: it fails in time, and changes nothing."""

import asyncio
import os
from pathlib import Path

from exporter.scrape.threads import MOST_LATE
from tests.support.asgi import Answer
from tests.support.installation import (
    LONG,
    RELOADED,
    Installation,
    Slow,
    opened,
    play,
    until,
    up_of,
)


def test_a_reload_whose_files_hang_is_answered_when_the_program_ends(tmp_path: Path) -> None:
    slow = Slow()

    async def story(installation: Installation) -> None:
        asked = asyncio.create_task(installation.reload())
        await until(lambda: slow.begun == 2)
        installation.reloader.collector.stop()
        assert await asked == Answer(503, {}, b"Shutting down\n")
        slow.gate.release()

    with opened(Installation(tmp_path, slow)) as installation:
        play(installation, story)


def test_a_reload_whose_files_cannot_be_read_in_time_fails(tmp_path: Path) -> None:
    slow = Slow()

    async def story(installation: Installation) -> None:
        answer = await installation.reload()
        problem = "the files cannot be read: the load did not finish within 1s\n"
        assert (answer.status, answer.text) == (500, problem)
        assert len(up_of(await installation.scrape())) == 3
        slow.gate.release(1_000)
        while await installation.reload() != RELOADED:
            pass

    with opened(Installation(tmp_path, slow, timeouts=LONG._replace(load=1.0))) as installation:
        play(installation, story)


def test_while_eight_loads_hang_no_further_one_begins(tmp_path: Path) -> None:
    slow = Slow()

    async def story(installation: Installation) -> None:
        answers = [(await installation.reload()).text for _ in range(MOST_LATE + 2)]
        await until(
            lambda: slow.begun == 1 + MOST_LATE
        )  # the load of the start, and eight that hang
        assert answers[-1] == "the files cannot be read: 8 earlier loads have not finished yet\n"
        slow.gate.release(1_000)
        while await installation.reload() != RELOADED:
            pass

    with opened(Installation(tmp_path, slow, timeouts=LONG._replace(load=0.1))) as installation:
        play(installation, story)


def test_a_configuration_that_becomes_a_pipe_is_a_problem_and_hangs_no_load(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        installation.config.unlink()
        os.mkfifo(installation.config)
        for _ in range(MOST_LATE + 1):
            answer = await installation.reload()
            assert answer.text == f"{installation.config}: expected a regular file\n"
        installation.config.unlink()
        installation.configure()
        assert await installation.reload() == RELOADED

    play(installation, story)
