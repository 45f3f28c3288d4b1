"""A reload whose files hang: it fails in time, and changes nothing."""

import asyncio
import os
from pathlib import Path

from exporter.scrape.reload import MOST_LATE as MOST_LOADS
from tests.support.asgi import Answer
from tests.support.house import LONG, RELOADED, House, Slow, opened, play, until, up_of


def test_a_reload_whose_files_hang_is_answered_when_the_program_ends(tmp_path: Path) -> None:
    slow = Slow()

    async def story(house: House) -> None:
        asked = asyncio.create_task(house.reload())
        await until(lambda: slow.begun == 2)
        house.reloader.collector.stop()
        assert await asked == Answer(503, {}, b"Shutting down\n")
        slow.gate.release()

    with opened(House(tmp_path, slow)) as house:
        play(house, story)


def test_a_reload_whose_files_cannot_be_read_in_time_fails(tmp_path: Path) -> None:
    slow = Slow()

    async def story(house: House) -> None:
        answer = await house.reload()
        problem = "the files cannot be read: no end within 1 s\n"
        assert (answer.status, answer.text) == (500, problem)
        assert len(up_of(await house.scrape())) == 3
        slow.gate.release(1_000)
        while await house.reload() != RELOADED:
            pass

    with opened(House(tmp_path, slow, patience=LONG._replace(load=1.0))) as house:
        play(house, story)


def test_while_eight_loads_hang_no_further_one_begins(tmp_path: Path) -> None:
    slow = Slow()

    async def story(house: House) -> None:
        answers = [(await house.reload()).text for _ in range(MOST_LOADS + 2)]
        await until(
            lambda: slow.begun == 1 + MOST_LOADS
        )  # the load of the start, and eight that hang
        assert answers[-1] == "the files cannot be read: 8 earlier loads have not ended yet\n"
        slow.gate.release(1_000)
        while await house.reload() != RELOADED:
            pass

    with opened(House(tmp_path, slow, patience=LONG._replace(load=0.1))) as house:
        play(house, story)


def test_a_configuration_that_becomes_a_pipe_is_a_problem_and_hangs_no_load(house: House) -> None:
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
