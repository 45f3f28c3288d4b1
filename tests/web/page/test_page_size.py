"""The page stays small, however many jobs are watched and however much is wrong with them."""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from exporter.config.sections import WatchedJob
from exporter.exposition.piece import compress
from exporter.jobs.snapshot import JobView
from exporter.model.failures import ServerError
from exporter.model.instant import Instant
from exporter.model.state import State
from exporter.web.page.choice import Choice
from exporter.web.page.listing import MOST_ROWS
from exporter.web.page.page import Page
from tests.support.snapshots import (
    READ,
    make_account,
    make_job,
    make_reading,
    make_snapshot,
    make_view,
)
from tests.web.reading import Reader

MOST_BYTES = 300_000
MOST_COMPRESSED = 40_000
JOBS = 10_000
FIRST_ID = 2_607_617
ACCOUNT = "production-billing-north-america"
OPENED = f"{FIRST_ID}/{ACCOUNT}"


def jobs(chance: random.Random, error: str, more: str = "") -> Iterator[JobView]:
    """Yield jobs of which no two are alike, and none can be read if there is an `error`.

    Their texts end in `more`.
    """
    for job_id in range(FIRST_ID, FIRST_ID + JOBS):
        total, age = chance.randrange(20, 200_000), chance.randrange(10**7)
        job = make_job(
            id=job_id,
            state=chance.choice(list(State)),
            created=READ - age,
            completed=READ - age // 2,
            total=total,
            failed=chance.randrange(total),
            successful=chance.randrange(total),
            percent_complete=100 * chance.random(),
            status=f"Processing{more}",
            type=f"SubscriptionProductBulkPriceChange{more}",
        )
        failure = ServerError(f"{error}{chance.random()}{more}", 500) if error else None
        reading = make_reading(job, failure, errors=chance.randrange(1, 1_000))
        read_at = Instant(reading.due_at, READ - chance.randrange(9_000))
        name = f"{chance.choice(['price-push', 'seat-true-up'])}-{chance.randrange(10**6)}"
        watched = WatchedJob(id=job_id, name=f"{name}{more}", labels={"team": more})
        reading = replace(reading, read_at=read_at, failures=3)
        yield make_view(watched, reading, account=ACCOUNT)


@pytest.mark.parametrize(
    ("error", "more", "choice"),
    [
        pytest.param("", "", Choice(), id="well"),
        pytest.param("the API cannot be reached: ", " word" * 99, Choice(), id="long texts"),
        pytest.param("no", "\N{PARTY POPPER}" * 200, Choice(), id="four bytes a character"),
        pytest.param("no", "<'" * 100, Choice(), id="texts that are escaped"),
        pytest.param(
            "no", " word" * 9_000, Choice(opened=f"{FIRST_ID}/{ACCOUNT}"), id="a job is opened"
        ),
        pytest.param("no", "", Choice(find="price" * 20), id="nothing is found by many words"),
        pytest.param("", "", Choice(sort="items", descending=True, page=50), id="the last page"),
    ],
)
def test_the_page_of_10000_jobs_has_at_most_200_rows_and_300_kb_or_40_compressed(
    error: str, more: str, choice: Choice
) -> None:
    chance = random.Random(1)  # noqa: S311  no secret
    snapshot = make_snapshot(make_account(*jobs(chance, error, more), name=ACCOUNT))
    body = Page("/metrics").body(snapshot, choice)
    rows = [one for one in Reader(body.decode()).all("tr") if one.get("data-key")]
    assert len(rows) <= MOST_ROWS
    assert len(body) <= MOST_BYTES
    assert len(compress(body)) <= MOST_COMPRESSED
