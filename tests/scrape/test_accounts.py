"""What a reload keeps of an account and its jobs, and what it changes."""

import asyncio

from structlog.testing import capture_logs

from exporter.simulator import Fault, SimulatedJob
from tests.support.house import JOBS, RELOADED, START, House, live, play, until, up_of


def test_a_reload_keeps_the_readings_of_jobs_that_stay(house: House) -> None:
    async def story(house: House) -> None:
        house.api.remove(3)
        before = await house.scrape()
        house.asked()
        house.configure(more="scrape_timeout: 20s")
        house.seconds += 1.0
        assert await house.reload() == RELOADED
        after = await house.scrape()
        assert house.asked() == [], "nothing is due"
        times = {"exporter_config_last_reload_success_timestamp_seconds"}
        aged = {"exporter_collect_duration_seconds", "api_budget_remaining"}
        changed = {name for name, labels in before if before[name, labels] != after[name, labels]}
        assert before.keys() == after.keys()
        assert times <= changed <= times | aged
        assert live(after, "fetch_errors_total", "not_found") == 1

    play(house, story)


def test_a_reload_keeps_the_budget_that_was_spent(house: House) -> None:
    async def story(house: House) -> None:
        before = await house.scrape()
        await house.reload()
        after = await house.scrape()
        assert live(before, "api_budget_remaining", "minute") == 247
        assert live(after, "api_budget_remaining", "minute") == 247

    play(house, story)


def test_a_job_that_goes_is_no_longer_shown_and_one_that_comes_is_read(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.asked()
        house.configure(2, 4)
        await house.reload()
        assert up_of(await house.scrape()) == {"live/2": 1, "live/4": 1}
        assert house.asked() == [4]
        house.configure(1, 2)
        await house.reload()
        assert live(await house.scrape(), "service_job_up", 1) == 1
        assert house.asked() == [], "the reading of a job that went is kept for a day"
        house.configure(2)
        await house.reload()
        house.configure(2, 4)
        house.seconds += 86_401
        await house.reload()
        house.configure(1)
        await house.reload()
        await house.scrape()
        assert house.asked() == [1], "and no longer"

    play(house, story)


def test_the_name_and_labels_of_a_job_that_stays_change_with_the_file(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.asked()
        text = house.config.read_text(encoding="utf-8")
        house.config.write_text(text.replace("[1,", "[{id: 1, name: push},"), encoding="utf-8")
        await house.reload()
        info = {labels for name, labels in await house.scrape() if name == "service_job_info"}
        assert {labels.rpartition("/")[2] for labels in info} == {"push", ""}
        assert house.asked() == []

    play(house, story)


def test_a_reload_in_an_outage_keeps_the_back_off(house: House) -> None:
    async def story(house: House) -> None:
        house.api.fail(Fault.UNAVAILABLE)
        for _ in range(5):
            await house.scrape(30.0)
        house.asked()
        await house.reload()
        down = await house.scrape(0.5)
        assert (house.asked(), live(down, "up")) == ([], 0)
        house.api.fail(None)
        assert live(await house.scrape(60.0), "up") == 1

    play(house, story)


def test_a_job_in_its_own_back_off_stays_in_it(house: House) -> None:
    async def story(house: House) -> None:
        house.api.remove(3)
        await house.scrape()
        await house.scrape(15.0)
        house.asked()
        await house.reload()
        await house.scrape(15.0)
        assert sorted(house.asked()) == [1, 2]

    play(house, story)


def test_the_new_refresh_decides_when_jobs_are_due(house: House) -> None:
    async def story(house: House) -> None:
        house.configure(more="refresh: {active: 1h}")
        await house.reload()
        await house.scrape()
        house.asked()
        house.configure(more="refresh: {active: 30s}")
        await house.reload()
        await house.scrape(29.0)
        assert house.asked() == []
        await house.scrape(1.0)
        assert sorted(house.asked()) == [1, 2, 3]

    play(house, story)


def test_a_status_word_with_another_meaning_has_it_at_once(house: House) -> None:
    async def story(house: House) -> None:
        before = await house.scrape()
        house.asked()
        house.configure(more="statuses: {Processing: failed}")
        house.api.fail(Fault.UNAVAILABLE)
        await house.reload()
        after = await house.scrape(0.0)
        assert live(before, "service_job_state", 1, "running") == 1
        assert live(after, "service_job_state", 1, "failed") == 1
        house.api.fail(None)

    play(house, story)


def test_a_status_word_that_was_mistyped_and_corrected_counts_no_end_again(house: House) -> None:
    async def story(house: House) -> None:
        for job_id in JOBS:
            house.api.put(SimulatedJob(job_id, created=START - 86_400, runs=60.0))
        await house.scrape()
        for more in ("statuses: {Processed: running}", ""):
            house.configure(more=more)
            await house.reload()
        for _ in range(6):
            after = await house.scrape(10.0)
        assert live(after, "jobs_finished_total", "succeeded") == 0
        assert live(after, "service_job_end_confirmed", 1) == 1

    play(house, story)


def test_the_quota_of_the_new_configuration_counts(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.configure(account="quota: {share: 0.01}")
        await house.reload()
        assert live(await house.scrape(), "api_budget_remaining", "minute") == 7
        house.configure(account="quota: {share: 0.01, per_minute: 500}")
        await house.reload()
        assert live(await house.scrape(), "api_budget_remaining", "minute") == 2

    play(house, story)


def test_the_new_refresh_decides_when_jobs_are_due_after_later_reads_too(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.configure(more="refresh: {active: 1m}")
        await house.reload()
        await house.scrape(60.0)
        house.asked()
        await house.scrape(30.0)
        assert house.asked() == []

    play(house, story)


def test_the_new_scrape_timeout_counts(house: House) -> None:
    async def story(house: House) -> None:
        house.configure(more="scrape_timeout: 20s")
        await house.reload()
        assert house.reloader.collector.scrape_timeout == 20.0

    play(house, story)


def test_a_job_that_comes_back_is_logged_anew_if_it_cannot_be_read(
    house: House,
) -> None:
    async def story(house: House) -> None:
        house.api.remove(3)
        with capture_logs() as logs:
            for jobs in ((1, 2, 3), (1, 2), (1, 2, 3)):
                house.configure(*jobs)
                await house.reload()
                await house.scrape(30.0)
        lines = [line for line in logs if line["event"] == "job cannot be read"]
        assert len(lines) == 2

    play(house, story)


def test_a_status_word_with_another_meaning_ends_no_back_off(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.api.fail(Fault.SERVER_ERROR, 3)
        await house.scrape(10.0)
        house.asked()
        house.configure(more="statuses: {Processing: failed}")
        await house.reload()
        await house.scrape(1.0)
        assert sorted(house.asked()) == [1, 2]

    play(house, story)


def test_the_new_concurrency_counts(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.configure(more="refresh: {concurrency: 1}")
        await house.reload()
        house.api.fail(Fault.HANG)
        house.asked()
        scrape = asyncio.create_task(house.scrape(10.0))
        await until(lambda: bool(house.api.requests))
        house.reloader.collector.stop()
        await scrape
        assert len(house.asked()) == 1

    play(house, story)
