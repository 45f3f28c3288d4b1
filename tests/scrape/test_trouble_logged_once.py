"""Trouble of any kind is one line in the log, not one a scrape, and so is its end."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporter.simulator import LIVE, Fault, Limits, SimulatedJob
from tests.support.in_process import START
from tests.support.installation import OTHER_KEY, Installation, opened, play
from tests.support.readers import KEY

pytestmark = pytest.mark.slow

STEP = 100.0
"""Seconds from one scrape to the next: longer than a job's first back-offs."""


WELL, BROKEN, MENDED = 3, 10, 30
"""Scrapes before the trouble, during it, and until every back-off is over."""


JOB = 2
Change = Callable[[Installation], object]


def job_file(installation: Installation, text: str) -> None:
    """Write a job file with an old time, so that it is read at once; older each time."""
    file = installation.folder / "jobs.yaml"
    age = file.stat().st_mtime - 1 if file.exists() else 1_000_000_000
    file.write_text(text, encoding="ascii")
    os.utime(file, (age, age))


def fails(fault: Fault, job_id: int | None = None) -> Change:
    return lambda installation: installation.api.fail(fault, job_id)


def works(installation: Installation) -> None:
    installation.api.fail(None)
    installation.api.fail(None, JOB)


def with_key(key: str) -> Change:
    return lambda installation: setattr(installation.api, "api_key", key)


def with_limits(limits: Limits) -> Change:
    return lambda installation: setattr(installation.api, "limits", limits)


def with_the_job(installation: Installation) -> None:
    installation.api.put(SimulatedJob(JOB, created=START, runs=10_000.0))


API = ("API cannot be read", "API can be read again")
LIMIT = ("reads stopped", "reads resumed")
ONE_JOB = ("job cannot be read", "job can be read again")
KEY_FILE = ("key file is bad, using the last good key", "key file is good again")
JOB_FILE = ("job file is bad, using its last good list", "job file is good again")


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
        pytest.param(
            lambda installation: installation.api.remove(JOB),
            with_the_job,
            ONE_JOB,
            id="no such job",
        ),
        pytest.param(fails(Fault.SERVER_ERROR, JOB), works, ONE_JOB, id="the API fails for a job"),
        pytest.param(fails(Fault.NAN, JOB), works, ONE_JOB, id="a job with an absurd number"),
        pytest.param(fails(Fault.HTML, JOB), works, ONE_JOB, id="a page in place of a job"),
        pytest.param(
            lambda installation: installation.write_key("not one key"),
            lambda installation: installation.write_key(KEY),
            KEY_FILE,
            id="the key file is bad",
        ),
        pytest.param(
            lambda installation: (installation.folder / "key").unlink(),
            lambda installation: installation.write_key(KEY),
            KEY_FILE,
            id="the key file is gone",
        ),
        pytest.param(
            lambda installation: job_file(installation, "- x\n"),
            lambda installation: job_file(installation, "- 1\n"),
            JOB_FILE,
            id="a job file is bad",
        ),
    ],
)
def test_trouble_is_logged_once_and_so_is_its_end(
    tmp_path: Path, breaks: Change, mends: Change, events: tuple[str, str]
) -> None:
    async def story(installation: Installation) -> None:
        job_file(installation, "- 1\n")
        installation.configure(account="job_files: [jobs.yaml]")
        await installation.reload()
        with capture_logs() as logs:
            for scrapes, change in ((WELL, breaks), (BROKEN, mends), (MENDED, lambda _: None)):
                for _ in range(scrapes):
                    await installation.scrape(after=STEP)
                change(installation)
        lines = [(one["log_level"], one["event"]) for one in logs if one["log_level"] != "debug"]
        assert lines == [("warning", events[0]), ("info", events[1])]

    with opened(Installation(tmp_path)) as installation:
        play(installation, story)


NOWHERE = "http://127.0.0.1:1/v1"


def at(url: str) -> Change:
    return lambda installation: installation.configure(url=url)


@pytest.mark.parametrize(
    ("breaks", "mends", "events"),
    [
        pytest.param(at(NOWHERE), at(""), API, id="the address is wrong"),
        pytest.param(
            lambda installation: setattr(installation.api, "api_key", OTHER_KEY),
            lambda installation: installation.write_key(OTHER_KEY),
            API,
            id="the key is refused",
        ),
    ],
)
def test_the_end_of_trouble_by_a_reload_is_logged_too(
    tmp_path: Path, breaks: Change, mends: Change, events: tuple[str, str]
) -> None:
    async def story(installation: Installation) -> None:
        with capture_logs() as logs:
            for change in (breaks, mends):
                change(installation)
                await installation.reload()
                for _ in range(MENDED):
                    await installation.scrape(after=STEP)
        assert [one["event"] for one in logs if one["event"] in events] == [*events]

    with opened(Installation(tmp_path)) as installation:
        play(installation, story)


def test_the_end_of_trouble_of_a_key_file_is_logged_when_a_reload_comes_before_a_read(
    tmp_path: Path,
) -> None:
    async def story(installation: Installation) -> None:
        await installation.scrape()
        with capture_logs() as logs:
            (installation.folder / "key").unlink()
            for _ in range(WELL):
                await installation.scrape(after=STEP)
            installation.write_key(KEY)
            for _ in range(WELL):
                await installation.reload()
                await installation.scrape(after=STEP)
        assert [one["event"] for one in logs if one["event"] in KEY_FILE] == [*KEY_FILE]

    with opened(Installation(tmp_path)) as installation:
        play(installation, story)
