import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from exporter.config.sections import WatchedJob
from exporter.model.failures import InvalidResponse
from tests.support.bench import DOWN, GONE, Bench, run
from tests.support.house import until
from tests.support.readers import DONE, OVER, RUNNING, Gate, Outcome, Script


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


def test_an_outage_of_an_api_that_was_up_is_one_line_and_its_end_too() -> None:
    async def story() -> None:
        bench = Bench(Script(), jobs=5)
        with capture_logs() as logs:
            await bench.scrape()
            bench.reader.answers.update(dict.fromkeys(range(1, 6), DOWN))
            for _ in range(5):
                await bench.scrape_after(60)
            bench.reader.answers.clear()
            for _ in range(5):
                await bench.scrape_after(60)
        told = [entry["event"] for entry in logs if entry["event"] != "read"]
        assert told == ["API cannot be read", "API can be read again"]

    run(story())


def test_a_job_that_fails_before_the_api_is_known_to_be_up_is_told_once_it_is() -> None:
    async def story() -> None:
        bench = Bench(Script({1: DOWN}), jobs=2)
        with capture_logs() as logs:
            await bench.scrape()
        told = [entry["event"] for entry in logs if entry["event"] != "read"]
        assert told == ["job cannot be read"]

    run(story())


def test_that_a_job_failed_which_went_while_it_was_read_is_not_told() -> None:
    async def story() -> None:
        gate = Gate({3: DOWN})
        bench = Bench(gate, jobs=3)
        with capture_logs() as logs:
            scrape = asyncio.create_task(bench.scrape())
            await until(lambda: len(gate.waiting) == 3)
            bench.ledger.watch([WatchedJob(id=1), WatchedJob(id=2)], bench.clock())
            gate.open()
            await scrape
        assert all(entry.get("job_id") is None for entry in logs if entry["event"] != "read")

    run(story())


def test_a_fault_of_our_own_is_told_once_and_its_end_too() -> None:
    async def story() -> None:
        bench = Bench(Script({1: ZeroDivisionError("a bug")}), jobs=5)
        with capture_logs() as logs:
            for _ in range(5):
                await bench.scrape_after(60)
            bench.reader.answers.clear()
            for _ in range(5):
                await bench.scrape_after(60)
        told = [(entry["event"], entry["job_id"]) for entry in logs if entry["event"] != "read"]
        assert told == [("the exporter failed to read a job", 1), ("job can be read again", 1)]

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


def told_of(logs: list[EventDict], event: str) -> list[tuple[int, int]]:
    """Return the job of each line of an event, and how many lines like it were left out."""
    return [(one["job_id"], one.get("left_out", 0)) for one in logs if one["event"] == event]


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        pytest.param("job cannot be read", GONE, id="an unknown job"),
        pytest.param("job finished", OVER, id="a job that ended long ago"),
        pytest.param(
            "fields of a job cannot be read",
            replace(RUNNING, unreadable=("type",)),
            id="odd fields",
        ),
        pytest.param("the exporter failed to read a job", ZeroDivisionError(), id="our own fault"),
    ],
)
def test_of_probed_jobs_one_line_a_minute_is_written_with_how_many_were_left_out(
    event: str, outcome: Outcome
) -> None:
    async def story() -> None:
        strange = range(1_001, 1_021)
        bench = Bench(Script(dict.fromkeys(strange, outcome)))
        await bench.scrape()
        with capture_logs() as logs:
            for job_id in strange:
                bench.clock.seconds += 6.1
                await bench.scrape()
                await bench.probe(job_id)
        assert told_of(logs, event) == [(1_001, 0), (1_011, 9)]

    run(story())


def test_every_watched_job_that_cannot_be_read_is_told_however_many_are_probed() -> None:
    async def story() -> None:
        bench = Bench(Script(dict.fromkeys((2, 3, 1_001, 1_002), GONE)), jobs=3)
        with capture_logs() as logs:
            await bench.probe(1_001)
            await bench.probe(1_002)
            await bench.scrape()
        assert [job for job, _ in told_of(logs, "job cannot be read")] == [1_001, 2, 3]

    run(story())


def test_a_probed_job_that_was_seen_to_finish_is_told_in_any_case() -> None:
    async def story() -> None:
        probed = (1_001, 1_002)
        bench = Bench(Script())
        for outcome in (RUNNING, DONE, DONE):
            bench.reader.answers.update(dict.fromkeys(probed, outcome))
            with capture_logs() as logs:
                for job_id in probed:
                    await bench.probe(job_id)
            bench.clock.seconds += 60.0
        assert told_of(logs, "job finished") == [(1_001, 0), (1_002, 0)]

    run(story())
