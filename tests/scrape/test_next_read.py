"""Which job is read next, where a stranger waits beside the watched jobs."""

import pytest

from benchmarks.virtual_time import run
from exporter.config.sections import Quota, WatchedJob
from exporter.scrape.next_read import NextRead
from tests.support.account import STRANGE, Account, clock


@pytest.mark.parametrize(
    ("watched", "expected"),
    [
        pytest.param([1], STRANGE, id="nothing else is due"),
        pytest.param([1, 2], None, id="another job has come since"),
    ],
)
def test_a_scrape_reads_no_stranger_before_a_job_that_is_due_since_it_began(
    watched: list[int], expected: int | None
) -> None:
    async def story() -> None:
        account = Account(1, Quota(per_minute=1_000, per_day=180_000))
        await account.scrape(1, every=1.0)
        next_read = NextRead(account.ledger, in_flight=(), concurrency=8)
        account.ledger.roster.probe(STRANGE)
        account.ledger.roster.defer(STRANGE, clock())
        due_reads = next_read.due(clock())
        account.ledger.permits.strangers.count(watched=False, new=False)
        account.ledger.watch([WatchedJob(id=job_id) for job_id in watched], clock())
        assert next_read.for_scrape(due_reads, clock()) == expected

    run(story())
