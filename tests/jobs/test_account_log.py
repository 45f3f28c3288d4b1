"""What the log says of the API and the jobs of an account."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from exporter.config.sections import WatchedJob
from exporter.model.failures import InvalidResponse
from tests.support.installation import until
from tests.support.readers import DONE, DOWN, GONE, OVER, RUNNING, Gate, Outcome, Script
from tests.support.scripted_account import ScriptedAccount, run


def test_the_api_breaking_and_mending_is_logged_once_each() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script({1: DOWN, 2: DOWN}), jobs=2)
        with capture_logs() as logs:
            await account.scrape()
            await account.scrape_after(60)
            account.reader.answers.clear()
            await account.scrape_after(60)
            await account.scrape_after(60)
        logged = [(line["log_level"], line["event"]) for line in logs if line["event"] != "read"]
        assert logged == [("warning", "API cannot be read"), ("info", "API can be read again")]

    run(story())


def test_an_outage_of_an_api_that_was_up_is_one_line_and_so_is_its_end() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script(), jobs=5)
        with capture_logs() as logs:
            await account.scrape()
            account.reader.answers.update(dict.fromkeys(range(1, 6), DOWN))
            for _ in range(5):
                await account.scrape_after(60)
            account.reader.answers.clear()
            for _ in range(5):
                await account.scrape_after(60)
        logged = [line["event"] for line in logs if line["event"] != "read"]
        assert logged == ["API cannot be read", "API can be read again"]

    run(story())


def test_a_job_that_fails_before_the_api_is_known_to_be_up_is_logged_once_the_api_is() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script({1: DOWN}), jobs=2)
        with capture_logs() as logs:
            await account.scrape()
        logged = [line["event"] for line in logs if line["event"] != "read"]
        assert logged == ["job cannot be read"]

    run(story())


def test_the_failure_of_a_job_that_went_while_it_was_read_is_not_logged() -> None:
    async def story() -> None:
        gate = Gate({3: DOWN})
        account = ScriptedAccount(gate, jobs=3)
        with capture_logs() as logs:
            scrape = asyncio.create_task(account.scrape())
            await until(lambda: len(gate.waiting) == 3)
            account.ledger.watch([WatchedJob(id=1), WatchedJob(id=2)], account.clock())
            gate.open()
            await scrape
        assert all(line.get("job_id") is None for line in logs if line["event"] != "read")

    run(story())


def test_an_error_of_the_exporters_own_is_logged_once_and_so_is_its_end() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script({1: ZeroDivisionError("a bug")}), jobs=5)
        with capture_logs() as logs:
            for _ in range(5):
                await account.scrape_after(60)
            account.reader.answers.clear()
            for _ in range(5):
                await account.scrape_after(60)
        logged = [(line["event"], line["job_id"]) for line in logs if line["event"] != "read"]
        assert logged == [("the exporter failed to read a job", 1), ("job can be read again", 1)]

    run(story())


def test_a_jobs_own_trouble_is_logged_once_and_so_is_its_end() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script({1: GONE}))
        with capture_logs() as logs:
            await account.scrape()
            await account.scrape_after(60)
            account.reader.answers.clear()
            await account.scrape_after(60)
        logged = [(line["event"], line["job_id"]) for line in logs if line["event"] != "read"]
        assert logged == [("job cannot be read", 1), ("job can be read again", 1)]

    run(story())


def test_one_bad_job_among_good_ones_does_not_bring_the_account_down() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script({1: DOWN}), jobs=5)
        with capture_logs() as logs:
            for _ in range(5):
                await account.scrape_after(60)
        assert account.up is True
        logged = [line["event"] for line in logs if line["event"] != "read"]
        assert logged == ["job cannot be read"]

    run(story())


def test_a_page_in_front_of_the_api_is_one_line_and_not_one_for_each_job() -> None:
    async def story() -> None:
        page = InvalidResponse("not JSON", 200)
        account = ScriptedAccount(Script(dict.fromkeys(range(1, 51), page)), jobs=50)
        with capture_logs() as logs:
            await account.scrape()
        assert account.up is False
        assert [line["event"] for line in logs if line["event"] != "read"] == ["API cannot be read"]

    run(story())


def lines_of(logs: list[EventDict], event: str) -> list[tuple[int, int]]:
    """Return the job of each line of an event, and how many lines it says were left out."""
    return [(one["job_id"], one.get("left_out", 0)) for one in logs if one["event"] == event]


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        pytest.param("job cannot be read", GONE, id="an unknown job"),
        pytest.param("job finished", OVER, id="a job that ended long ago"),
        pytest.param(
            "job finished", replace(OVER, status="Failed").judged({}), id="one that failed long ago"
        ),
        pytest.param(
            "fields of a job cannot be read",
            replace(RUNNING, unreadable=("type",)),
            id="unreadable fields",
        ),
        pytest.param(
            "the exporter failed to read a job",
            ZeroDivisionError(),
            id="an error of the exporter's own",
        ),
    ],
)
def test_lines_about_probed_jobs_are_written_once_a_minute_and_say_how_many_were_left_out(
    event: str, outcome: Outcome
) -> None:
    async def story() -> None:
        strangers = range(1_001, 1_021)
        account = ScriptedAccount(Script(dict.fromkeys(strangers, outcome)))
        await account.scrape()
        with capture_logs() as logs:
            for job_id in strangers:
                account.clock.seconds += 6.1
                await account.scrape()
                await account.probe(job_id)
        assert lines_of(logs, event) == [(1_001, 0), (1_011, 9)]

    run(story())


def test_every_watched_job_that_cannot_be_read_is_logged_however_many_are_probed() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script(dict.fromkeys((2, 3, 1_001, 1_002), GONE)), jobs=3)
        with capture_logs() as logs:
            await account.probe(1_001)
            await account.probe(1_002)
            await account.scrape()
        assert [job for job, _ in lines_of(logs, "job cannot be read")] == [1_001, 2, 3]

    run(story())


def test_a_probed_job_that_was_seen_to_finish_is_logged_in_any_case() -> None:
    async def story() -> None:
        probed = (1_001, 1_002)
        account = ScriptedAccount(Script())
        for outcome in (RUNNING, DONE, DONE):
            account.reader.answers.update(dict.fromkeys(probed, outcome))
            with capture_logs() as logs:
                for job_id in probed:
                    await account.probe(job_id)
            account.clock.seconds += 60.0
        assert lines_of(logs, "job finished") == [(1_001, 0), (1_002, 0)]

    run(story())


def test_a_field_that_cannot_be_read_is_logged_once_and_so_is_its_end() -> None:
    odd = replace(RUNNING, unreadable=("totalCount", "isOffline"))

    async def story() -> None:
        account = ScriptedAccount(Script({1: odd}))
        with capture_logs() as logs:
            for job in (odd, odd, RUNNING, RUNNING):
                account.reader.answers[1] = job
                await account.scrape_after(10)
        of_job = {"account": "live", "job_id": 1}
        assert [line for line in logs if line["log_level"] != "debug"] == [
            of_job
            | {"event": "fields of a job cannot be read", "log_level": "warning"}
            | {"fields": "totalCount, isOffline"},
            of_job | {"event": "fields of a job can be read again", "log_level": "info"},
        ]

    run(story())


def test_unreadable_fields_of_a_job_that_went_while_it_was_read_are_not_logged() -> None:
    async def story() -> None:
        gate = Gate()
        gate.answers[1] = replace(RUNNING, unreadable=("totalCount",))
        account = ScriptedAccount(gate)
        scrape = asyncio.create_task(account.scrape())
        await until(lambda: bool(gate.waiting))
        account.ledger.watch([], account.clock())
        with capture_logs() as logs:
            gate.open()
            await scrape
            await until(lambda: bool(account.ledger.roster.readings))
        assert [line for line in logs if line["log_level"] != "debug"] == []

    run(story())


def test_at_another_address_no_trouble_of_the_old_jobs_is_said_to_end() -> None:
    async def story() -> None:
        script = Script({1: replace(RUNNING, unreadable=("totalCount",)), 2: GONE})
        account = ScriptedAccount(script, jobs=2)
        await account.scrape()
        account.ledger.at_another_address()
        script.answers.pop(1)
        with capture_logs() as logs:
            await account.scrape_after(3600)
        logged = [(line["event"], line["job_id"]) for line in logs if line["log_level"] != "debug"]
        assert logged == [("job cannot be read", 2)]

    run(story())
