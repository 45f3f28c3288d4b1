"""Property: whatever the API answers, the block that is shown and the reads agree."""

import random

import pytest

from benchmarks.virtual_time import run
from exporter.config.sections import Quota
from exporter.model.failures import Failure, RateLimited, ServerError
from exporter.model.rate_limit import DOCUMENTED, Limits, RateLimit, WindowState
from exporter.quota.block import Block
from exporter.quota.budget import PACED
from tests.support.readers import DOWN, GONE
from tests.support.virtual_account import LATE, MALFORMED, REFUSED, SCRAPE, VirtualAccount, clock

DAY = 86_400.0


def said(limits: Limits, minute: float, day: float) -> RateLimit:
    """Return what headers say when these parts of each window are left."""
    unix = clock().unix
    return RateLimit(
        WindowState(limits.minute, int(limits.minute * minute), unix - unix % 60 + 60),
        WindowState(limits.day, int(limits.day * day), unix - unix % DAY + DAY),
    )


def any_weather(account: VirtualAccount, limits: Limits, chance: random.Random) -> None:
    """Let the API answer at random from now on: well half of the time, and with any part left."""
    left = chance.choice([1.0, 0.5, 0.2, 0.05, 0.0]), chance.choice([1.0, 0.5, 0.11, 0.05, 0.0])
    wait = RateLimit(retry_after=chance.choice([None, 1.0, 30.0, 600.0, 4_000.0]))
    failures = [
        RateLimited("spent (429)", 429, said=wait),
        RateLimited("spent (429)", 429, said=said(limits, 0.5, 0.0)),
        ServerError("the API failed (503)", 503, said=wait),
        *(DOWN, GONE, LATE, MALFORMED, REFUSED),
    ]
    error = chance.choice(failures) if chance.random() < 0.5 else None

    def fate(_: int) -> Failure | None:
        account.said = said(limits, *left)
        return error

    account.fate = fate


def is_premature(block: Block | None, reads: int, began: float) -> bool:
    """Tell whether a scrape that began at `began` made reads though the block outlasts it."""
    until = None if block is None else block.until
    return reads > 0 and until is not None and until > began + SCRAPE


@pytest.mark.parametrize("kind", DOCUMENTED)
@pytest.mark.parametrize("seed", range(3))
def test_no_read_is_made_during_a_block_and_none_is_left_out_without_one(
    seed: int, kind: str
) -> None:
    chance = random.Random(seed)  # noqa: S311  weather, not a secret
    limits = DOCUMENTED[kind]
    quota = Quota(share=chance.choice([0.05, 0.25, 1.0]), reserve=chance.choice([0.0, 0.1, 0.9]))
    account = VirtualAccount(chance.choice([1, 2, 20]), quota)
    every = chance.choice([15.0, 60.0])

    async def story() -> None:
        free_since = 0.0
        while (began := clock()).monotonic < DAY:
            if chance.random() < 0.02:
                any_weather(account, limits, chance)
            due, before = len(account.ledger.roster.due(began)), account.ledger.view(began).block
            asked = len(account.asked)
            await account.scrape(1, every)
            reads = len(account.asked) - asked
            assert not is_premature(before, reads, began.unix)
            if reads or not due or before or account.ledger.view(clock()).block:
                free_since = clock().monotonic
            assert clock().monotonic - free_since <= PACED + every

    run(story())
