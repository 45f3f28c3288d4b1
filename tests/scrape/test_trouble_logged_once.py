"""Trouble of any kind is one line in the log, not one a scrape, and so is its end."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporter.simulator import LIVE, Fault, Limits, SimulatedJob
from tests.support.house import OTHER_KEY, House, opened, play
from tests.support.readers import KEY
from tests.support.stage import START

STEP = 100.0
"""Seconds from one scrape to the next: longer than a job's first back-offs."""


WELL, BROKEN, MENDED = 3, 10, 30
"""Scrapes before the trouble, during it, and until every back-off is over."""


JOB = 2
Change = Callable[[House], object]


def job_file(house: House, text: str) -> None:
    """Write a job file with an old time, so that it is read at once; older each time."""
    file = house.folder / "jobs.yaml"
    age = file.stat().st_mtime - 1 if file.exists() else 1_000_000_000
    file.write_text(text, encoding="ascii")
    os.utime(file, (age, age))


def fails(fault: Fault, job_id: int | None = None) -> Change:
    return lambda house: house.api.fail(fault, job_id)


def works(house: House) -> None:
    house.api.fail(None)
    house.api.fail(None, JOB)


def with_key(key: str) -> Change:
    return lambda house: setattr(house.api, "api_key", key)


def with_limits(limits: Limits) -> Change:
    return lambda house: setattr(house.api, "limits", limits)


def with_the_job(house: House) -> None:
    house.api.put(SimulatedJob(JOB, created=START, runs=10_000.0))


API = ("API cannot be read", "API can be read again")
LIMIT = ("reads stopped", "reads resumed")
ONE_JOB = ("job cannot be read", "job can be read again")
KEY_FILE = ("key file is bad, the last key is used", "key file is good again")
JOB_FILE = ("job file is bad, the last good list is used", "job file is good again")


@pytest.mark.parametrize(
    ("breaks", "mends", "events"),
    [
        pytest.param(fails(Fault.SERVER_ERROR), works, API, id="the API fails"),
        pytest.param(fails(Fault.DROP), works, API, id="the API cannot be reached"),
        pytest.param(fails(Fault.HTML), works, API, id="a page in front of the API"),
        pytest.param(fails(Fault.FORBIDDEN), works, API, id="the key may read nothing"),
        pytest.param(with_key("b3RoZXI"), with_key(KEY), API, id="the key is refused"),
        pytest.param(
            with_limits(Limits(0, LIVE.day)), with_limits(LIVE), LIMIT, id="a limit is reached"
        ),
        pytest.param(
            fails(Fault.TOO_MANY_REQUESTS_HTML), works, LIMIT, id="a gateway's limit is reached"
        ),
        pytest.param(lambda house: house.api.remove(JOB), with_the_job, ONE_JOB, id="no such job"),
        pytest.param(fails(Fault.SERVER_ERROR, JOB), works, ONE_JOB, id="the API fails for a job"),
        pytest.param(fails(Fault.NAN, JOB), works, ONE_JOB, id="a job with an absurd number"),
        pytest.param(fails(Fault.HTML, JOB), works, ONE_JOB, id="a page in place of a job"),
        pytest.param(
            lambda house: house.write_key("not one key"),
            lambda house: house.write_key(KEY),
            KEY_FILE,
            id="the key file is bad",
        ),
        pytest.param(
            lambda house: (house.folder / "key").unlink(),
            lambda house: house.write_key(KEY),
            KEY_FILE,
            id="the key file is gone",
        ),
        pytest.param(
            lambda house: job_file(house, "- x\n"),
            lambda house: job_file(house, "- 1\n"),
            JOB_FILE,
            id="a job file is bad",
        ),
    ],
)
def test_trouble_is_logged_once_and_so_is_its_end(
    tmp_path: Path, breaks: Change, mends: Change, events: tuple[str, str]
) -> None:
    async def story(house: House) -> None:
        job_file(house, "- 1\n")
        house.configure(account="job_files: [jobs.yaml]")
        await house.reload()
        with capture_logs() as logs:
            for scrapes, change in ((WELL, breaks), (BROKEN, mends), (MENDED, lambda _: None)):
                for _ in range(scrapes):
                    await house.scrape(after=STEP)
                change(house)
        lines = [(one["log_level"], one["event"]) for one in logs if one["log_level"] != "debug"]
        assert lines == [("warning", events[0]), ("info", events[1])]

    with opened(House(tmp_path)) as house:
        play(house, story)


NOWHERE = "http://127.0.0.1:1/v1"


def at(url: str) -> Change:
    return lambda house: house.configure(url=url)


@pytest.mark.parametrize(
    ("breaks", "mends", "events"),
    [
        pytest.param(at(NOWHERE), at(""), API, id="the address is wrong"),
        pytest.param(
            lambda house: setattr(house.api, "api_key", OTHER_KEY),
            lambda house: house.write_key(OTHER_KEY),
            API,
            id="the key is refused",
        ),
    ],
)
def test_the_end_of_trouble_by_a_reload_is_logged_too(
    tmp_path: Path, breaks: Change, mends: Change, events: tuple[str, str]
) -> None:
    async def story(house: House) -> None:
        with capture_logs() as logs:
            for change in (breaks, mends):
                change(house)
                await house.reload()
                for _ in range(MENDED):
                    await house.scrape(after=STEP)
        assert [one["event"] for one in logs if one["event"] in events] == [*events]

    with opened(House(tmp_path)) as house:
        play(house, story)


def test_the_end_of_trouble_of_a_key_file_is_logged_when_a_reload_comes_before_a_read(
    tmp_path: Path,
) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        with capture_logs() as logs:
            (house.folder / "key").unlink()
            for _ in range(WELL):
                await house.scrape(after=STEP)
            house.write_key(KEY)
            for _ in range(WELL):
                await house.reload()
                await house.scrape(after=STEP)
        assert [one["event"] for one in logs if one["event"] in KEY_FILE] == [*KEY_FILE]

    with opened(House(tmp_path)) as house:
        play(house, story)
