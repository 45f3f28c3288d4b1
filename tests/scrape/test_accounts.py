"""What a reload leaves of the accounts and their jobs."""

from structlog.testing import capture_logs

from exporter.simulator import Fault, SimulatedJob, Simulator
from tests.support.house import JOBS, KEY, OTHER_KEY, RELOADED, START, House, live, play, up_of


def test_a_reload_keeps_what_is_known_of_what_stays(house: House) -> None:
    async def story(house: House) -> None:
        house.api.remove(3)
        before = await house.scrape()
        house.asked()
        house.configure(more="scrape_timeout: 20s")
        house.seconds += 1.0
        assert await house.reload() == RELOADED
        after = await house.scrape()
        assert house.asked() == [], "nothing is due, and nothing is asked anew"
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


def test_a_job_that_goes_is_gone_and_one_that_comes_is_read(house: House) -> None:
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
        assert house.asked() == [], "what is known of a job that went is kept for a day"
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


def test_a_key_that_changed_is_used_at_once(house: House) -> None:
    async def story(house: House) -> None:
        house.api.api_key = OTHER_KEY
        assert live(await house.scrape(), "up") == 0
        assert len(house.asked()) == 1
        house.write_key(OTHER_KEY)
        await house.reload()
        after = await house.scrape(1.0)
        assert live(after, "up") == 1
        assert up_of(after) == {"live/1": 1, "live/2": 1, "live/3": 1}

    play(house, story)


def test_a_key_that_changes_in_a_second_reload_is_used_at_once(house: House) -> None:
    async def story(house: House) -> None:
        house.api.api_key = OTHER_KEY
        await house.scrape()
        await house.reload()
        house.write_key(OTHER_KEY)
        await house.reload()
        assert live(await house.scrape(1.0), "up") == 1

    play(house, story)


def test_a_key_that_is_refused_is_not_tried_again_for_a_reload(house: House) -> None:
    async def story(house: House) -> None:
        house.api.api_key = OTHER_KEY
        await house.scrape()
        house.asked()
        for _ in range(3):
            await house.reload()
            await house.scrape(1.0)
        assert house.asked() == []
        await house.scrape(60.0)
        assert len(house.asked()) == 1

    play(house, story)


def test_a_job_that_alone_was_refused_is_tried_with_another_key(house: House) -> None:
    async def story(house: House) -> None:
        house.api.fail(Fault.FORBIDDEN, 3)
        for _ in range(8):
            await house.scrape(60.0)
        house.asked()
        assert live(await house.scrape(1.0), "service_job_up", 3) == 0
        house.api.fail(None, 3)
        house.api.api_key = OTHER_KEY
        house.write_key(OTHER_KEY)
        await house.reload()
        assert live(await house.scrape(1.0), "service_job_up", 3) == 1

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


def test_what_is_known_at_one_address_is_not_known_at_another(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        jobs = [SimulatedJob(one, created=START, total=7) for one in JOBS]
        with Simulator(jobs, api_key=KEY, clock=lambda: house.now().unix) as other:
            house.configure(url=other.base_url)
            await house.reload()
            after = await house.scrape()
        assert [live(after, "service_job_items", one) for one in JOBS] == [7, 7, 7]
        assert live(after, "api_budget_remaining", "minute") == 244, "what was asked counts"

    play(house, story)


def test_what_is_due_goes_by_the_new_refresh(house: House) -> None:
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


def test_a_word_that_gets_another_meaning_has_it_at_once(house: House) -> None:
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


def test_a_word_that_was_mistyped_and_corrected_counts_no_end_again(house: House) -> None:
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


def test_how_often_jobs_are_read_goes_by_the_new_refresh_for_good(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.configure(more="refresh: {active: 1m}")
        await house.reload()
        await house.scrape(60.0)
        house.asked()
        await house.scrape(30.0)
        assert house.asked() == []

    play(house, story)


def test_how_long_a_scrape_may_take_goes_by_the_new_file(house: House) -> None:
    async def story(house: House) -> None:
        house.configure(more="scrape_timeout: 20s")
        await house.reload()
        assert house.reloader.collector.scrape_timeout == 20.0

    play(house, story)


def test_of_a_job_that_went_and_came_back_it_is_told_anew_that_it_cannot_be_read(
    house: House,
) -> None:
    async def story(house: House) -> None:
        house.api.remove(3)
        with capture_logs() as logs:
            for jobs in ((1, 2, 3), (1, 2), (1, 2, 3)):
                house.configure(*jobs)
                await house.reload()
                await house.scrape(30.0)
        told_of = [line for line in logs if line["event"] == "job cannot be read"]
        assert len(told_of) == 2

    play(house, story)


def test_of_an_account_that_went_and_came_back_it_is_told_anew_which_jobs_cannot_be_read(
    house: House,
) -> None:
    async def story(house: House) -> None:
        house.api.remove(3)
        with capture_logs() as logs:
            for name in ("live", "other", "live"):
                house.configure(name=name)
                await house.reload()
                await house.scrape(30.0)
        told_of = [line for line in logs if line["event"] == "job cannot be read"]
        assert [line["account"] for line in told_of] == ["live", "other", "live"]

    play(house, story)
