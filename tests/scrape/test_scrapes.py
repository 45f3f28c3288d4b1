"""What scrapes show, through every layer of the application, of a simulated API."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from exporter.simulator import Ending, Fault, SimulatedJob
from tests.api.faults import FAULTS
from tests.support.in_process import START, InProcessExporter, Series
from tests.support.program import PATIENCE

pytestmark = pytest.mark.slow


@contextmanager
def staged(timeout: float = 30.0) -> Iterator[InProcessExporter]:
    jobs = [
        SimulatedJob(1, created=START, runs=1000.0),
        SimulatedJob(2, created=START, runs=1000.0),
    ]
    made = InProcessExporter(*jobs, timeout=timeout)
    with made.api:
        yield made
        made.client.close()


@pytest.fixture
def exporter() -> Iterator[InProcessExporter]:
    with staged() as made:
        yield made


async def scrape_until(condition: Callable[[Series], bool], exporter: InProcessExporter) -> Series:
    """Scrape 100 s later, until the condition holds: a scrape waits 1 s for an API that fails."""
    async with asyncio.timeout(PATIENCE):
        series = await exporter.scrape(after=100)
        while not condition(series):
            series = await exporter.scrape()
    return series


MENDED_AT_ONCE = {
    fault: reason for fault, reason in FAULTS.items() if fault is not Fault.COME_BACK_LATER
}


@pytest.mark.parametrize(("fault", "reason"), MENDED_AT_ONCE.items(), ids=str)
def test_a_broken_answer_keeps_the_last_values_and_says_so(fault: Fault, reason: str) -> None:
    percent = "service_job_percent_complete"
    of_the_account = reason in ("unauthorized", "rate_limited")

    def is_broken(now: Series) -> bool:
        is_read = of_the_account or now[percent, "2"] == 10.0
        return now["service_job_up", "1"] == 0 and is_read

    async def story(exporter: InProcessExporter) -> tuple[Series, Series, Series]:
        before = await exporter.scrape()
        exporter.api.fail(fault, 1)
        broken = await scrape_until(is_broken, exporter)
        exporter.api.fail(None, 1)
        mended = await scrape_until(lambda now: now["service_job_up", "1"] == 1, exporter)
        return before, broken, mended

    with staged(timeout=3.0 if reason == "timeout" else 30.0) as programs:
        before, broken, mended = asyncio.run(story(programs))
    assert broken["service_job_up", "1"] == 0
    assert broken["fetch_errors_total", reason] == 1
    assert broken["service_job_fetch_errors_total", "1"] == 1
    assert broken["service_job_fetch_error", f"1/{reason}"] == 1
    assert [name for name, _ in mended if name == "service_job_fetch_error"] == []
    assert broken[percent, "1"] == before[percent, "1"]
    assert broken["service_job_up", "2"] == 1
    assert broken[percent, "2"] == (0.0 if of_the_account else 10.0)
    assert (mended["service_job_up", "1"], mended[percent, "1"]) == (1, 20.0)


def test_a_job_is_followed_from_waiting_to_its_end(exporter: InProcessExporter) -> None:
    exporter.api.put(SimulatedJob(1, created=START, waits=50.0, runs=100.0, failing=0.1, total=10))

    async def story() -> list[Series]:
        return [await exporter.scrape(after=after) for after in (0, 100, 100, 40)]

    waiting, running, over, confirmed = asyncio.run(story())
    assert waiting["service_job_state", "1/pending"] == 1
    assert ("service_job_percent_complete", "1") not in waiting
    assert running["service_job_state", "1/running"] == 1
    assert running["service_job_percent_complete", "1"] == 50.0
    assert over["service_job_state", "1/partial"] == 1
    ends = [series.get(("service_job_end_confirmed", "1")) for series in (running, over, confirmed)]
    assert ends == [None, 0, 1]
    assert [
        over["jobs_finished_total", "partial"],
        confirmed["jobs_finished_total", "partial"],
    ] == [
        0,
        1,
    ]
    assert confirmed["job_duration_seconds_sum", "partial"] == 150.0


def test_a_job_that_stands_still_shows_when_it_last_made_progress(
    exporter: InProcessExporter,
) -> None:
    exporter.api.put(SimulatedJob(1, created=START, runs=100.0, ending=Ending.STALLS, ends_at=0.5))

    async def story() -> list[Series]:
        await exporter.scrape(after=40)
        return [await exporter.scrape(after=20), await exporter.scrape(after=500)]

    stalled, still = asyncio.run(story())
    moved = "service_job_progress_timestamp_seconds"
    assert stalled[moved, "1"] == still[moved, "1"] == START + 60
    assert still["service_job_read_timestamp_seconds", "1"] == START + 560


def test_values_of_a_vanished_job_are_withheld_when_they_are_stale(
    exporter: InProcessExporter,
) -> None:
    async def story() -> Series:
        await exporter.scrape()
        exporter.api.remove(1)
        await exporter.scrape(after=10)
        return await exporter.scrape(after=3600)

    stale = asyncio.run(story())
    of_job = {
        name for name, labels in stale if labels.split("/")[0] == "1" and "service_job" in name
    }
    assert of_job == {
        "service_job_info",
        "service_job_up",
        "service_job_read_timestamp_seconds",
        "service_job_fetch_errors_total",
        "service_job_fetch_error",
    }
    assert stale["service_job_up", "1"] == 0
    assert stale["jobs", "unread"] == 1


def test_a_job_that_ended_yesterday_is_asked_for_once(exporter: InProcessExporter) -> None:
    exporter.api.put(SimulatedJob(1, created=START - 86_400, runs=0.0))

    async def story() -> None:
        for _ in range(5):
            await exporter.scrape(after=60)

    asyncio.run(story())
    asked = [request.path for request in exporter.api.requests]
    assert (asked.count("/v1/serviceJobs/1"), asked.count("/v1/serviceJobs/2")) == (1, 5)


def test_a_503_with_retry_after_is_obeyed_for_the_whole_account(
    exporter: InProcessExporter,
) -> None:
    async def story() -> list[Series]:
        await exporter.scrape()
        exporter.api.requests.clear()
        exporter.api.fail(Fault.COME_BACK_LATER, 1)
        series = [await exporter.scrape(after=after) for after in (15, 1, 1_198)]
        exporter.api.fail(None, 1)
        return [*series, await exporter.scrape(after=2), await exporter.scrape(after=10)]

    *waiting, over, mended = asyncio.run(story())
    assert [series["up", ""] for series in waiting] == [0, 0, 0]
    assert waiting[-1]["reads_deferred_total", "breaker"] > 0
    assert (over["up", ""], over["service_job_up", "1"], over["service_job_up", "2"]) == (1, 0, 1)
    assert mended["service_job_up", "1"] == 1, "the job has its own back-off besides"
    asked = [(request.at - START, request.path[-1]) for request in exporter.api.requests]
    assert asked == [(15, "1"), (1_216, "2"), (1_226, "1"), (1_226, "2")]


def test_the_time_of_the_last_answer_stays_while_the_api_fails(exporter: InProcessExporter) -> None:
    async def story() -> list[Series]:
        before = await exporter.scrape()
        exporter.api.fail(Fault.UNAVAILABLE)
        down = await exporter.scrape(after=60)
        exporter.api.fail(None)
        return [before, down, await exporter.scrape(after=60)]

    answered = [one["api_last_answer_timestamp_seconds", ""] for one in asyncio.run(story())]
    assert answered == [START, START, START + 120]


def test_an_outage_and_its_end_are_seen(exporter: InProcessExporter) -> None:
    async def story() -> list[Series]:
        exporter.api.fail(Fault.UNAVAILABLE)
        down = await exporter.scrape()
        exporter.api.fail(None)
        return [down, await exporter.scrape(after=60)]

    down, up = asyncio.run(story())
    assert (down["up", ""], up["up", ""]) == (0, 1)
    assert down["api_requests_total", "503"] == 2


def test_nothing_is_kept_of_answers_that_cannot_be_read(exporter: InProcessExporter) -> None:
    exporter.api.fail(Fault.HTML, job_id=1)
    exporter.api.fail(Fault.HUGE, job_id=2)
    series = asyncio.run(exporter.scrape())
    gc.collect()
    assert not [one for one in gc.get_objects() if isinstance(one, requests.Response)]
    assert series["service_job_up", "1"] == series["service_job_up", "2"] == 0
