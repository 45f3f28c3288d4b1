"""Which job is read next while the API may not answer."""

from collections.abc import Iterable

import pytest

from exporter.model.failures import ClientError, NotFound
from tests.support.readers import ROOMY, Script
from tests.support.scripted_account import ScriptedAccount, run


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
def test_after_failures_without_limits_the_next_read_is_far_from_those_before(
    bad: Iterable[int],
) -> None:
    async def story() -> None:
        bad_jobs = dict.fromkeys(bad, ClientError("a teapot", 418))
        account = ScriptedAccount(Script(bad_jobs), jobs=27, known=False)
        await account.scrape()
        asked = account.reader.asked
        assert min(asked.index(job_id) for job_id in range(1, 28) if job_id not in bad_jobs) <= 2
        assert sorted(asked) == list(range(1, 28)), "each is read, and once"

    run(story())


def test_a_failure_with_limits_changes_no_order() -> None:
    async def story() -> None:
        gone = NotFound("gone", 404, said=ROOMY)
        account = ScriptedAccount(Script({1: gone}), jobs=5, concurrency=1, known=False)
        await account.scrape()
        assert account.reader.asked == [1, 2, 3, 4, 5]

    run(story())
