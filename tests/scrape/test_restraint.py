"""What a scrape does not do: more than the budget, a storm of a wrong key, waiting for the dead."""

import asyncio
from collections.abc import Iterable

import pytest

from exporter.model.failures import ClientError, Failure, NotFound, RateLimited, Unauthorized
from exporter.model.rate_limit import RateLimit, WindowState
from tests.support.bench import DOWN, Bench, run
from tests.support.house import until
from tests.support.readers import ROOMY, RUNNING, Gate, Script

MANY = 1000
REFUSED = Unauthorized("the API refused the key (401)", 401)
SPENT = RateLimited("the account has used up its API requests (429)", 429)


def everyone(error: Failure, jobs: int = MANY) -> Script:
    return Script(dict.fromkeys(range(1, jobs + 1), error))


def test_until_the_limits_are_known_one_request_is_in_flight() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=10, known=False)
        await bench.scrape(seconds=0.1)
        await until(lambda: bool(gate.waiting))
        assert len(gate.waiting) == 1
        gate.admit_one()
        scrape = asyncio.create_task(bench.scrape())
        await until(lambda: len(gate.waiting) == 8)
        gate.open()
        await scrape

    run(story())


def test_where_the_limits_are_never_said_it_stays_at_one_request_at_a_time() -> None:
    async def story() -> None:
        gate = Gate(said=RateLimit())
        gate.open()
        bench = Bench(gate, jobs=10, known=False)
        await bench.scrape()
        assert (gate.most_at_once, len(gate.asked)) == (1, 10)

    run(story())


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(range(1, 8), id="at the head"),
        pytest.param([1, *range(21, 28)], id="the first and the end"),
        pytest.param([*range(1, 5), *range(24, 28)], id="both ends"),
        pytest.param([1, *range(10, 18)], id="the first and the middle"),
        pytest.param(range(1, 28, 3), id="every third"),
    ],
)
def test_after_failures_that_told_no_limits_the_next_read_is_far_from_those_before(
    bad: Iterable[int],
) -> None:
    async def story() -> None:
        bad_jobs = dict.fromkeys(bad, ClientError("a teapot", 418))
        bench = Bench(Script(bad_jobs), jobs=27, known=False)
        await bench.scrape()
        asked = bench.reader.asked
        assert min(asked.index(job_id) for job_id in range(1, 28) if job_id not in bad_jobs) <= 2
        assert sorted(asked) == list(range(1, 28)), "each is read, and once"

    run(story())


def test_a_failure_that_told_the_limits_changes_no_order() -> None:
    async def story() -> None:
        gone = NotFound("gone", 404, said=ROOMY)
        bench = Bench(Script({1: gone}), jobs=5, concurrency=1, known=False)
        await bench.scrape()
        assert bench.reader.asked == [1, 2, 3, 4, 5]

    run(story())


def test_a_scrape_reads_no_more_than_the_share_of_the_minute_and_counts_the_rest() -> None:
    async def story() -> None:
        bench = Bench(Script(), jobs=MANY)
        assert await bench.scrape() == (751, "budget")
        assert len(bench.reader.asked) == 249
        bench.clock.seconds += 60
        assert await bench.scrape() == (750, "budget")
        assert len(set(bench.reader.asked)) == 499

    run(story())


def test_a_scrape_asks_nothing_while_the_account_is_at_its_reserve() -> None:
    async def story() -> None:
        low = WindowState(1_000, 100, Bench.START + 30)
        bench = Bench(Script(said=RateLimit(low, WindowState(180_000, 100_000))), jobs=3)
        await bench.scrape()
        asked = len(bench.reader.asked)
        await bench.scrape_after(29)
        assert len(bench.reader.asked) == asked
        await bench.scrape_after(1)
        assert len(bench.reader.asked) > asked

    run(story())


def test_a_wrong_key_is_tried_once_and_not_once_for_each_job() -> None:
    async def story() -> None:
        bench = Bench(everyone(REFUSED), jobs=MANY, known=False)
        for _ in range(4):
            await bench.scrape()
            bench.clock.seconds += 15
        assert len(bench.reader.asked) == 2
        assert bench.ledger.counters.errors["unauthorized"] == 2

    run(story())


@pytest.mark.parametrize("error", [REFUSED, DOWN], ids=str)
def test_what_waits_for_the_back_off_is_counted_as_put_off_by_the_breaker(
    error: Failure,
) -> None:
    async def story() -> None:
        bench = Bench(everyone(error, jobs=20), jobs=20, known=False)
        deferred = await bench.scrape()
        assert deferred == (19 if error is REFUSED else 15, "breaker")

    run(story())


def test_once_the_key_is_accepted_the_first_scrape_after_the_back_off_reads_every_job() -> None:
    async def story() -> None:
        bench = Bench(everyone(REFUSED, jobs=20), jobs=20, known=False)
        await bench.scrape()
        bench.reader.answers.clear()
        await bench.scrape_after(29)
        assert len(bench.reader.asked) == 1
        await bench.scrape_after(1)
        assert len(set(bench.reader.asked)) == 20
        assert bench.up is True

    run(story())


def test_an_api_that_is_down_is_asked_five_times_and_then_once_after_each_back_off() -> None:
    async def story() -> None:
        bench = Bench(everyone(DOWN), jobs=MANY, known=False)
        asked = []
        for _ in range(13):
            await bench.scrape()
            asked.append(len(bench.reader.asked))
            bench.clock.seconds += 5
        assert asked == [5, 6, 6, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8]

    run(story())


def test_an_outage_of_a_single_job_account_is_over_within_the_breakers_back_off() -> None:
    async def story() -> None:
        bench = Bench(Script({1: DOWN}))
        for _ in range(60):
            await bench.scrape_after(30)
        bench.reader.answers.clear()
        await bench.scrape_after(30)
        await bench.scrape_after(30)
        assert bench.job().reading.error is None

    run(story())


def test_after_an_outage_every_job_that_failed_in_it_is_read_at_once() -> None:
    async def story() -> None:
        bench = Bench(everyone(DOWN, jobs=8), jobs=8)
        await bench.scrape()
        for _ in range(20):
            await bench.scrape_after(60)
        bench.reader.answers.clear()
        await bench.scrape_after(60)
        await bench.scrape_after(15)
        assert [bench.job(n).reading.error for n in range(1, 9)] == [None] * 8

    run(story())


def test_bad_jobs_that_follow_each_other_keep_their_own_back_offs() -> None:
    async def story() -> None:
        bad = dict.fromkeys(range(1, 7), DOWN)
        bench = Bench(Script(bad), jobs=20)
        for _ in range(240):
            await bench.scrape_after(15)
        asked = sum(job_id in bad for job_id in bench.reader.asked)
        assert asked < 6 * 12

    run(story())


def test_when_the_api_answers_again_the_same_scrape_reads_the_others() -> None:
    async def story() -> None:
        bench = Bench(everyone(DOWN, jobs=20), jobs=20)
        await bench.scrape()
        bench.reader.answers.clear()
        await bench.scrape_after(5)
        assert set(bench.reader.asked[8:]) >= set(range(9, 21))
        assert bench.up is True

    run(story())


def test_after_a_429_nothing_is_asked_until_the_reset_of_the_window_that_ran_out() -> None:
    async def story() -> None:
        said = RateLimit(WindowState(1_000, 0, Bench.START + 40))
        out = RateLimited("spent", 429, said=said)
        bench = Bench(Script({1: out}), jobs=30, concurrency=1)
        deferred = await bench.scrape()
        assert (deferred.cause, len(bench.reader.asked)) == ("budget", 1)
        bench.reader.answers.clear()
        await bench.scrape_after(39)
        assert len(bench.reader.asked) == 1
        await bench.scrape_after(1)
        assert len(set(bench.reader.asked)) == 30

    run(story())


def test_after_a_429_one_request_finds_out_whether_it_is_over() -> None:
    async def story() -> None:
        bench = Bench(everyone(SPENT), jobs=MANY)
        await bench.scrape()
        assert len(bench.reader.asked) == 8
        await bench.scrape_after(60)
        assert len(bench.reader.asked) == 9

    run(story())


def test_a_429_is_no_fault_of_the_job_that_met_it() -> None:
    async def story() -> None:
        bench = Bench(Script({1: SPENT}))
        for _ in range(8):
            await bench.scrape_after(60)
        bench.reader.answers.clear()
        await bench.scrape_after(60)
        assert bench.job().job == RUNNING

    run(story())


def test_one_accounts_trouble_leaves_the_others_alone() -> None:
    async def story() -> None:
        troubled = Bench(everyone(REFUSED, 3), jobs=3, known=False)
        well = Bench(Script(), jobs=3)
        for _ in range(5):
            await asyncio.gather(troubled.scrape_after(10), well.scrape_after(10))
        assert len(troubled.reader.asked) == 2
        assert len(well.reader.asked) == 15

    run(story())


def test_a_read_that_was_never_sent_spends_nothing_of_the_minute() -> None:
    async def story() -> None:
        bench = Bench(Script({1: Unauthorized("no key", sent=False)}))
        before = bench.ledger.view(bench.clock()).windows["minute"]
        await bench.scrape()
        assert bench.ledger.view(bench.clock()).windows["minute"] == before

    run(story())


def test_the_first_answer_may_be_an_error() -> None:
    async def story() -> None:
        said = RateLimit(WindowState(10, 9), WindowState(500, 499))
        gone = NotFound("gone", 404, said=said)
        bench = Bench(Script({1: gone}, gone.said), jobs=10, known=False)
        await bench.scrape()
        assert len(bench.reader.asked) == 2
        limits = {name: w.limit for name, w in bench.ledger.view(bench.clock()).windows.items()}
        assert limits == {"minute": 10, "day": 500}

    run(story())
