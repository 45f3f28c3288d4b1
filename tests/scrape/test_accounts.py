"""What a reload keeps of an account and its jobs, and what it changes."""

import asyncio
from threading import Barrier

from structlog.testing import capture_logs

from exporter.simulator import Fault, SimulatedJob
from tests.support.installation import JOBS, RELOADED, START, Installation, live, play, until, up_of
from tests.support.program import PATIENCE
from tests.support.tcp_proxy import Fate, tcp_proxy


def test_a_reload_keeps_the_readings_of_jobs_that_stay(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        installation.api.remove(3)
        before = await installation.scrape()
        installation.asked()
        installation.configure(more="scrape_timeout: 20s")
        installation.seconds += 1.0
        assert await installation.reload() == RELOADED
        after = await installation.scrape()
        assert installation.asked() == [], "nothing is due"
        times = {"exporter_config_last_reload_success_timestamp_seconds"}
        aged = {"exporter_collect_duration_seconds", "api_budget_remaining"}
        changed = {name for name, labels in before if before[name, labels] != after[name, labels]}
        assert before.keys() == after.keys()
        assert times <= changed <= times | aged
        assert live(after, "fetch_errors_total", "not_found") == 1

    play(installation, story)


def test_a_reload_keeps_the_budget_that_was_spent(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        before = await installation.scrape()
        await installation.reload()
        after = await installation.scrape()
        assert live(before, "api_budget_remaining", "minute") == 247
        assert live(after, "api_budget_remaining", "minute") == 247

    play(installation, story)


def test_a_job_that_goes_is_no_longer_shown_and_one_that_comes_is_read(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        await installation.scrape()
        installation.asked()
        installation.configure(2, 4)
        await installation.reload()
        assert up_of(await installation.scrape()) == {"live/2": 1, "live/4": 1}
        assert installation.asked() == [4]
        installation.configure(1, 2)
        await installation.reload()
        assert live(await installation.scrape(), "service_job_up", 1) == 1
        assert installation.asked() == [], "the reading of a job that went is kept for a day"
        installation.configure(2)
        await installation.reload()
        installation.configure(2, 4)
        installation.seconds += 86_401
        await installation.reload()
        installation.configure(1)
        await installation.reload()
        await installation.scrape()
        assert installation.asked() == [1], "and no longer"

    play(installation, story)


def test_the_name_and_labels_of_a_job_that_stays_change_with_the_file(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        await installation.scrape()
        installation.asked()
        text = installation.config.read_text(encoding="utf-8")
        installation.config.write_text(
            text.replace("[1,", "[{id: 1, name: push},"), encoding="utf-8"
        )
        await installation.reload()
        info = {
            labels for name, labels in await installation.scrape() if name == "service_job_info"
        }
        assert {labels.rpartition("/")[2] for labels in info} == {"push", ""}
        assert installation.asked() == []

    play(installation, story)


def test_a_reload_in_an_outage_keeps_the_back_off(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        installation.api.fail(Fault.UNAVAILABLE)
        for _ in range(5):
            await installation.scrape(30.0)
        installation.asked()
        await installation.reload()
        down = await installation.scrape(0.5)
        assert (installation.asked(), live(down, "up")) == ([], 0)
        installation.api.fail(None)
        assert live(await installation.scrape(60.0), "up") == 1

    play(installation, story)


def test_a_job_in_its_own_back_off_stays_in_it(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        installation.api.remove(3)
        await installation.scrape()
        await installation.scrape(15.0)
        installation.asked()
        await installation.reload()
        await installation.scrape(15.0)
        assert sorted(installation.asked()) == [1, 2]

    play(installation, story)


def test_the_new_refresh_decides_when_jobs_are_due(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        installation.configure(more="refresh: {active: 1h}")
        await installation.reload()
        await installation.scrape()
        installation.asked()
        installation.configure(more="refresh: {active: 30s}")
        await installation.reload()
        for _ in range(2):  # reads from before the reload, then reads after it
            await installation.scrape(29.0)
            assert installation.asked() == []
            await installation.scrape(1.0)
            assert sorted(installation.asked()) == [1, 2, 3]

    play(installation, story)


def test_a_status_word_with_another_meaning_has_it_at_once(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        before = await installation.scrape()
        installation.asked()
        installation.configure(more="statuses: {Processing: failed}")
        installation.api.fail(Fault.UNAVAILABLE)
        await installation.reload()
        after = await installation.scrape(0.0)
        assert live(before, "service_job_state", 1, "running") == 1
        assert live(after, "service_job_state", 1, "failed") == 1
        installation.api.fail(None)

    play(installation, story)


def test_a_status_word_that_was_mistyped_and_corrected_counts_no_end_again(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        for job_id in JOBS:
            installation.api.put(SimulatedJob(job_id, created=START - 86_400, runs=60.0))
        await installation.scrape()
        for more in ("statuses: {Processed: running}", ""):
            installation.configure(more=more)
            await installation.reload()
        for _ in range(6):
            after = await installation.scrape(10.0)
        assert live(after, "jobs_finished_total", "succeeded") == 0
        assert live(after, "service_job_end_confirmed", 1) == 1

    play(installation, story)


def test_the_quota_of_the_new_configuration_counts(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        await installation.scrape()
        installation.configure(account="quota: {share: 0.01}")
        await installation.reload()
        assert live(await installation.scrape(), "api_budget_remaining", "minute") == 7
        installation.configure(account="quota: {share: 0.01, per_minute: 500}")
        await installation.reload()
        assert live(await installation.scrape(), "api_budget_remaining", "minute") == 2

    play(installation, story)


def test_the_new_scrape_timeout_counts(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        installation.configure(more="scrape_timeout: 20s")
        await installation.reload()
        assert installation.reloader.collector.scrape_timeout == 20.0

    play(installation, story)


def test_a_job_that_comes_back_is_logged_anew_if_it_cannot_be_read(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        installation.api.remove(3)
        with capture_logs() as logs:
            for jobs in ((1, 2, 3), (1, 2), (1, 2, 3)):
                installation.configure(*jobs)
                await installation.reload()
                await installation.scrape(30.0)
        lines = [line for line in logs if line["event"] == "job cannot be read"]
        assert len(lines) == 2

    play(installation, story)


def test_a_status_word_with_another_meaning_ends_no_back_off(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        await installation.scrape()
        installation.api.fail(Fault.SERVER_ERROR, 3)
        await installation.scrape(10.0)
        installation.asked()
        installation.configure(more="statuses: {Processing: failed}")
        await installation.reload()
        await installation.scrape(1.0)
        assert sorted(installation.asked()) == [1, 2]

    play(installation, story)


def test_the_new_concurrency_counts(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        await installation.scrape()
        installation.configure(more="refresh: {concurrency: 1}")
        await installation.reload()
        installation.api.fail(Fault.HANG)
        installation.asked()
        scrape = asyncio.create_task(installation.scrape(10.0))
        await until(lambda: bool(installation.api.requests))
        installation.reloader.collector.stop()
        await scrape
        assert len(installation.asked()) == 1

    play(installation, story)


def test_connections_of_a_new_concurrency_are_all_kept(installation: Installation) -> None:
    meet = Barrier(2, timeout=PATIENCE)

    def the_last_two_of_a_scrape_meet(_flow: int, _request: int) -> Fate:
        if proxy.requests % 3 != 1:
            meet.wait()
        return Fate.PASS

    async def story(installation: Installation) -> None:
        installation.configure(more="refresh: {concurrency: 1}")
        await installation.reload()
        url = proxy.to(installation.api.base_url)
        installation.configure(url=url, more="refresh: {concurrency: 3}")
        await installation.reload()
        proxy.script = the_last_two_of_a_scrape_meet
        for _ in range(3):
            await installation.scrape(30.0)

    with tcp_proxy() as proxy:
        play(installation, story)
        assert (proxy.requests, proxy.flows) == (9, 2)
