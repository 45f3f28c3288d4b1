"""Which reads a scrape makes in a back-off, and which once the back-off is over."""

import asyncio

import pytest

from exporter.model.failures import Failure, Unauthorized
from tests.support.readers import DOWN, Script
from tests.support.scripted_account import ScriptedAccount, run

MANY = 1000
REFUSED = Unauthorized("the API refused the key (401)", 401)


def everyone(error: Failure, jobs: int = MANY) -> Script:
    return Script(dict.fromkeys(range(1, jobs + 1), error))


def test_a_wrong_key_is_tried_once_and_not_once_for_each_job() -> None:
    async def story() -> None:
        account = ScriptedAccount(everyone(REFUSED), jobs=MANY, known=False)
        for _ in range(4):
            await account.scrape()
            account.clock.seconds += 15
        assert len(account.reader.asked) == 2
        assert account.ledger.counters.errors["unauthorized"] == 2

    run(story())


@pytest.mark.parametrize("error", [REFUSED, DOWN], ids=str)
def test_reads_that_wait_for_the_back_off_are_deferred_by_the_breaker(
    error: Failure,
) -> None:
    async def story() -> None:
        account = ScriptedAccount(everyone(error, jobs=20), jobs=20, known=False)
        deferred = await account.scrape()
        assert deferred == (19 if error is REFUSED else 15, "breaker")

    run(story())


def test_once_the_key_is_accepted_the_first_scrape_after_the_back_off_reads_every_job() -> None:
    async def story() -> None:
        account = ScriptedAccount(everyone(REFUSED, jobs=20), jobs=20, known=False)
        await account.scrape()
        account.reader.answers.clear()
        await account.scrape_after(29)
        assert len(account.reader.asked) == 1
        await account.scrape_after(1)
        assert len(set(account.reader.asked)) == 20
        assert account.up is True

    run(story())


def test_an_api_that_is_down_is_asked_five_times_and_then_once_after_each_back_off() -> None:
    async def story() -> None:
        account = ScriptedAccount(everyone(DOWN), jobs=MANY, known=False)
        asked = []
        for _ in range(13):
            await account.scrape()
            asked.append(len(account.reader.asked))
            account.clock.seconds += 5
        assert asked == [5, 6, 6, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8]

    run(story())


def test_after_an_outage_the_only_job_is_read_within_the_breakers_back_off() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script({1: DOWN}))
        for _ in range(60):
            await account.scrape_after(30)
        account.reader.answers.clear()
        await account.scrape_after(30)
        await account.scrape_after(30)
        assert account.job().reading.error is None

    run(story())


def test_after_an_outage_every_job_that_failed_in_it_is_read_at_once() -> None:
    async def story() -> None:
        account = ScriptedAccount(everyone(DOWN, jobs=8), jobs=8)
        await account.scrape()
        for _ in range(20):
            await account.scrape_after(60)
        account.reader.answers.clear()
        await account.scrape_after(60)
        await account.scrape_after(15)
        assert [account.job(n).reading.error for n in range(1, 9)] == [None] * 8

    run(story())


def test_bad_jobs_that_follow_each_other_keep_their_own_back_offs() -> None:
    async def story() -> None:
        bad = dict.fromkeys(range(1, 7), DOWN)
        account = ScriptedAccount(Script(bad), jobs=20)
        for _ in range(240):
            await account.scrape_after(15)
        asked = sum(job_id in bad for job_id in account.reader.asked)
        assert asked < 6 * 12

    run(story())


def test_when_the_api_answers_again_the_same_scrape_reads_the_others() -> None:
    async def story() -> None:
        account = ScriptedAccount(everyone(DOWN, jobs=20), jobs=20)
        await account.scrape()
        account.reader.answers.clear()
        await account.scrape_after(5)
        assert set(account.reader.asked[8:]) >= set(range(9, 21))
        assert account.up is True

    run(story())


def test_one_accounts_trouble_leaves_the_others_alone() -> None:
    async def story() -> None:
        troubled = ScriptedAccount(everyone(REFUSED, 3), jobs=3, known=False)
        well = ScriptedAccount(Script(), jobs=3)
        for _ in range(5):
            await asyncio.gather(troubled.scrape_after(10), well.scrape_after(10))
        assert len(troubled.reader.asked) == 2
        assert len(well.reader.asked) == 15

    run(story())
