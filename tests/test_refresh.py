import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from structlog.testing import capture_logs

from exporter.config import Refresh, WatchedJob
from exporter.errors import (
    InvalidResponse,
    NotFound,
    RateLimited,
    ReadTimeout,
    ServerError,
    Unauthorized,
    UpstreamError,
)
from exporter.refresh import AccountRefresher, refresh_all
from exporter.snapshot import JobView
from tests.readers import DONE, RUNNING, Clock, Gate, Script

LONG = 60.0
DOWN = ServerError("the API failed (500)", 500)
GONE = NotFound("the API knows no such job (404)", 404)


class Bench:
    """A refresher over a scripted reader, with a clock that goes when told."""

    def __init__(self, reader: Script, jobs: int = 1, concurrency: int = 8) -> None:
        self.clock = Clock()
        self.reader = reader
        self.stopping = asyncio.Event()
        self.refresher = AccountRefresher(
            "live",
            [WatchedJob(id=number) for number in range(1, jobs + 1)],
            reader,
            refresh=Refresh().model_copy(update={"concurrency": concurrency}),
            clock=self.clock,
            jitter=lambda: 0.0,
        )

    async def scrape(self, seconds: float = LONG) -> int:
        return await self.refresher.refresh(seconds, self.stopping)

    async def scrape_after(self, seconds: float) -> None:
        self.clock.seconds += seconds
        await self.scrape()

    def job(self, number: int = 1) -> JobView:
        return self.refresher.view(self.clock()).jobs[number - 1]

    @property
    def up(self) -> bool | None:
        return self.refresher.view(self.clock()).up


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def test_a_scrape_reads_every_job_that_is_due() -> None:
    async def story() -> None:
        bench = Bench(Script(), jobs=20, concurrency=3)
        await bench.scrape()
        assert sorted(bench.reader.asked) == list(range(1, 21))
        assert all(bench.job(n).state == "running" for n in range(1, 21))

    run(story())


def test_a_job_is_read_again_only_after_refresh_active() -> None:
    async def story() -> None:
        bench = Bench(Script())
        await bench.scrape()
        await bench.scrape_after(9)
        assert bench.reader.asked == [1]
        await bench.scrape_after(1)
        assert bench.reader.asked == [1, 1]

    run(story())


def test_a_finished_job_is_not_read_again() -> None:
    async def story() -> None:
        bench = Bench(Script({1: DONE}))
        await bench.scrape()
        await bench.scrape_after(3600)
        assert bench.reader.asked == [1]

    run(story())


def test_no_more_reads_are_in_flight_than_the_concurrency_allows() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=10, concurrency=3)
        await bench.scrape(seconds=0.2)
        gate.open()
        await bench.scrape()
        assert gate.most_at_once == 3
        assert sorted(gate.asked) == list(range(1, 11))

    run(story())


def test_scrapes_that_overlap_share_reads() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=5, concurrency=2)
        scrapes = [asyncio.create_task(bench.scrape()) for _ in range(4)]
        await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(*scrapes)
        assert sorted(gate.asked) == [1, 2, 3, 4, 5]

    run(story())


def test_a_scrape_ends_at_its_deadline_and_later_answers_are_recorded() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=1)
        await bench.scrape(seconds=0.05)
        assert bench.job().state == "unread"
        gate.open()
        await bench.scrape()
        assert bench.job().state == "running"
        assert gate.asked == [1]

    run(story())


def test_what_could_not_be_started_by_the_deadline_is_counted() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=10, concurrency=3)
        put_off = await bench.scrape(seconds=0.05)
        assert put_off == 7
        gate.open()
        await bench.scrape()

    run(story())


def test_a_scrape_without_time_starts_reads_and_answers_at_once() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=2)
        await bench.scrape(seconds=0.0)
        gate.open()
        await bench.scrape()
        assert sorted(gate.asked) == [1, 2]

    run(story())


def test_a_scrape_ends_when_the_program_stops() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate)
        scrape = asyncio.create_task(bench.scrape())
        await asyncio.sleep(0)
        bench.stopping.set()
        await scrape
        gate.open()
        await asyncio.gather(*(t for t in asyncio.all_tasks() if t is not asyncio.current_task()))

    run(story())


def test_a_failed_read_keeps_the_last_values_and_counts_by_reason() -> None:
    async def story() -> None:
        bench = Bench(Script())
        await bench.scrape()
        bench.reader.answers[1] = DOWN
        await bench.scrape_after(10)
        assert bench.job().job == RUNNING
        assert bench.job().reading.error is DOWN
        assert bench.refresher.tally.errors["server_error"] == 1
        assert bench.refresher.tally.requests["500"] == 1

    run(story())


def test_one_jobs_trouble_leaves_the_others_alone() -> None:
    async def story() -> None:
        bench = Bench(Script({2: GONE}), jobs=3)
        await bench.scrape()
        assert [bench.job(n).state for n in (1, 2, 3)] == ["running", "unread", "running"]

    run(story())


def test_a_fault_of_our_own_is_logged_and_counts_as_an_invalid_response() -> None:
    async def story() -> None:
        bench = Bench(Script({1: ZeroDivisionError("a bug")}))
        with capture_logs() as logs:
            await bench.scrape()
        error = bench.job().reading.error
        assert isinstance(error, InvalidResponse)
        assert str(error) == "the exporter failed to read the answer: ZeroDivisionError"
        assert logs[0]["event"] == "the exporter failed to read a job"
        await bench.scrape_after(1)
        assert bench.reader.asked == [1]

    run(story())


@pytest.mark.parametrize(
    ("error", "up"),
    [
        (ReadTimeout("late"), False),
        (DOWN, False),
        (Unauthorized("refused", 401), False),
        (GONE, True),
        (RateLimited("spent", 429), True),
        (InvalidResponse("no JSON", 200), False),
        (InvalidResponse("a field is wrong", 200, from_api=True), True),
        (InvalidResponse("a redirect", 302), False),
    ],
    ids=repr,
)
def test_an_account_is_up_when_the_api_answers_and_accepts_the_key(
    error: UpstreamError, up: bool
) -> None:
    async def story() -> None:
        bench = Bench(Script({1: error}))
        assert bench.up is None
        await bench.scrape()
        assert bench.up is up
        bench.reader.answers[1] = RUNNING
        await bench.scrape_after(3600)
        assert bench.up is True

    run(story())


def test_a_job_that_is_seen_to_finish_is_counted_once_with_its_duration() -> None:
    async def story() -> None:
        bench = Bench(Script())
        await bench.scrape()
        bench.reader.answers[1] = DONE
        with capture_logs() as logs:
            await bench.scrape_after(10)
        await bench.scrape_after(86_400)
        tally = bench.refresher.tally
        assert tally.finished == {"succeeded": 1, "partial": 0, "failed": 0}
        assert tally.job_seconds[DONE.state].total == 90.0
        assert {"account": "live", "job_id": 1, "state": "succeeded"}.items() <= logs[0].items()

    run(story())


def test_the_api_breaking_and_mending_is_logged_once_each() -> None:
    async def story() -> None:
        bench = Bench(Script({1: DOWN, 2: DOWN}), jobs=2)
        with capture_logs() as logs:
            await bench.scrape()
            await bench.scrape_after(60)
            bench.reader.answers.clear()
            await bench.scrape_after(60)
            await bench.scrape_after(60)
        told = [(entry["log_level"], entry["event"]) for entry in logs if entry["event"] != "read"]
        assert told == [("warning", "API cannot be read"), ("info", "API can be read again")]

    run(story())


def test_a_jobs_own_trouble_is_logged_once_and_its_end_too() -> None:
    async def story() -> None:
        bench = Bench(Script({1: GONE}))
        with capture_logs() as logs:
            await bench.scrape()
            await bench.scrape_after(60)
            bench.reader.answers.clear()
            await bench.scrape_after(60)
        told = [(entry["event"], entry["job_id"]) for entry in logs if entry["event"] != "read"]
        assert told == [("job cannot be read", 1), ("job can be read again", 1)]

    run(story())


def test_jobs_that_hang_again_leave_half_of_the_slots_to_the_others() -> None:
    async def story() -> None:
        gate = Gate(dict.fromkeys(range(1, 5), ReadTimeout("late")))
        bench = Bench(gate, jobs=8, concurrency=4)
        gate.open()
        await bench.scrape()
        gate.close()
        bench.clock.seconds += 60
        await bench.scrape(seconds=0.1)
        waiting = sorted(gate.waiting)
        gate.open()
        await bench.scrape()
        assert waiting == [1, 2, 5, 6]

    run(story())


def test_a_scrape_at_each_refresh_active_reads_each_time() -> None:
    async def story() -> None:
        bench = Bench(Script())
        for _ in range(5):
            await bench.scrape_after(10)
        assert bench.reader.asked == [1] * 5

    run(story())


def test_being_out_of_requests_is_logged_once_and_its_end_too() -> None:
    async def story() -> None:
        bench = Bench(Script({1: RateLimited("spent", 429), 2: RateLimited("spent", 429)}), jobs=2)
        with capture_logs() as logs:
            await bench.scrape()
            await bench.scrape_after(60)
            bench.reader.answers.clear()
            await bench.scrape_after(60)
        told = [entry["event"] for entry in logs if entry["event"] != "read"]
        assert told == ["API takes no more requests", "API takes requests again"]

    run(story())


def test_one_bad_job_among_good_ones_does_not_bring_the_account_down() -> None:
    async def story() -> None:
        bench = Bench(Script({1: DOWN}), jobs=5)
        with capture_logs() as logs:
            for _ in range(5):
                await bench.scrape_after(60)
        assert bench.up is True
        told = [entry["event"] for entry in logs if entry["event"] != "read"]
        assert told == ["job cannot be read"]

    run(story())


def test_a_page_in_front_of_the_api_is_one_line_and_not_one_for_each_job() -> None:
    async def story() -> None:
        page = InvalidResponse("not JSON", 200)
        bench = Bench(Script(dict.fromkeys(range(1, 51), page)), jobs=50)
        with capture_logs() as logs:
            await bench.scrape()
        assert bench.up is False
        assert [entry["event"] for entry in logs if entry["event"] != "read"] == [
            "API cannot be read"
        ]

    run(story())


def test_a_request_that_was_never_made_is_not_counted() -> None:
    async def story() -> None:
        bench = Bench(Script({1: Unauthorized("no key", sent=False)}))
        await bench.scrape()
        assert bench.refresher.tally.errors["unauthorized"] == 1
        assert sum(bench.refresher.tally.requests.values()) == 0

    run(story())


def test_accounts_are_refreshed_side_by_side() -> None:
    async def story() -> None:
        slow, fast = Gate(), Script()
        first, second = Bench(slow), Bench(fast)
        await refresh_all([first.refresher, second.refresher], 0.05, asyncio.Event())
        assert (first.job().state, second.job().state) == ("unread", "running")
        slow.open()
        await first.scrape()

    run(story())
