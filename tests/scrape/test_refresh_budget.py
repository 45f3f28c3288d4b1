"""How a scrape keeps to the account's budget, before the limits are known and after a 429."""

import asyncio

from exporter.model.failures import Failure, NotFound, RateLimited, Unauthorized
from exporter.model.rate_limit import RateLimit, WindowState
from tests.support.installation import until
from tests.support.readers import RUNNING, Gate, Script
from tests.support.scripted_account import ScriptedAccount, run

MANY = 1000
SPENT = RateLimited("the account has used up its API requests (429)", 429)


def everyone(error: Failure, jobs: int = MANY) -> Script:
    return Script(dict.fromkeys(range(1, jobs + 1), error))


def test_until_the_limits_are_known_one_request_is_in_flight() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=10, known=False)
        await account.scrape(seconds=0.1)
        await until(lambda: bool(gate.waiting))
        assert len(gate.waiting) == 1
        gate.admit_one()
        scrape = asyncio.create_task(account.scrape())
        await until(lambda: len(gate.waiting) == 8)
        gate.open()
        await scrape

    run(story())


def test_where_the_limits_are_never_said_requests_go_one_at_a_time() -> None:
    async def story() -> None:
        gate = Gate(said=RateLimit())
        gate.open()
        account = ScriptedAccount(gate, jobs=10, known=False)
        await account.scrape()
        assert (gate.most_at_once, len(gate.asked)) == (1, 10)

    run(story())


def test_a_scrape_reads_no_more_than_the_share_of_the_minute_and_counts_the_rest() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script(), jobs=MANY)
        assert await account.scrape() == (751, "budget")
        assert len(account.reader.asked) == 249
        account.clock.seconds += 60
        assert await account.scrape() == (750, "budget")
        assert len(set(account.reader.asked)) == 499

    run(story())


def test_a_scrape_asks_nothing_while_the_account_is_at_its_reserve() -> None:
    async def story() -> None:
        low = WindowState(1_000, 100, ScriptedAccount.START + 30)
        account = ScriptedAccount(
            Script(said=RateLimit(low, WindowState(180_000, 100_000))), jobs=3
        )
        await account.scrape()
        asked = len(account.reader.asked)
        await account.scrape_after(29)
        assert len(account.reader.asked) == asked
        await account.scrape_after(1)
        assert len(account.reader.asked) > asked

    run(story())


def test_after_a_429_nothing_is_asked_until_the_reset_of_the_window_that_ran_out() -> None:
    async def story() -> None:
        said = RateLimit(WindowState(1_000, 0, ScriptedAccount.START + 40))
        out = RateLimited("spent", 429, said=said)
        account = ScriptedAccount(Script({1: out}), jobs=30, concurrency=1)
        deferred = await account.scrape()
        assert (deferred.cause, len(account.reader.asked)) == ("budget", 1)
        account.reader.answers.clear()
        await account.scrape_after(39)
        assert len(account.reader.asked) == 1
        await account.scrape_after(1)
        assert len(set(account.reader.asked)) == 30

    run(story())


def test_after_a_429_one_request_finds_out_whether_it_is_over() -> None:
    async def story() -> None:
        account = ScriptedAccount(everyone(SPENT), jobs=MANY)
        await account.scrape()
        assert len(account.reader.asked) == 8
        await account.scrape_after(60)
        assert len(account.reader.asked) == 9

    run(story())


def test_a_429_gives_the_job_that_met_it_no_back_off() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script({1: SPENT}))
        for _ in range(8):
            await account.scrape_after(60)
        account.reader.answers.clear()
        await account.scrape_after(60)
        assert account.job().job == RUNNING

    run(story())


def test_a_read_that_was_never_sent_spends_nothing_of_the_minute() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script({1: Unauthorized("no key", requests=0)}))
        before = account.ledger.view(account.clock()).windows["minute"]
        await account.scrape()
        assert account.ledger.view(account.clock()).windows["minute"] == before

    run(story())


def test_the_first_answer_may_be_an_error() -> None:
    async def story() -> None:
        said = RateLimit(WindowState(10, 9), WindowState(500, 499))
        gone = NotFound("gone", 404, said=said)
        account = ScriptedAccount(Script({1: gone}, gone.said), jobs=10, known=False)
        await account.scrape()
        assert len(account.reader.asked) == 2
        limits = {name: w.limit for name, w in account.ledger.view(account.clock()).windows.items()}
        assert limits == {"minute": 10, "day": 500}

    run(story())
