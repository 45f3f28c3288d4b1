"""What the page says of one account."""

import pytest

from exporter.jobs.snapshot import AccountView
from exporter.model.instant import Instant
from exporter.quota.block import Cause
from exporter.quota.window import WindowView
from exporter.web.page.account_line import account_line
from tests.support.snapshots import READ, make_account, make_blocked, make_view

NOW = Instant(1_060.0, READ + 60)


@pytest.mark.parametrize(
    ("account", "needs"),
    [
        pytest.param(make_account(), False, id="up"),
        pytest.param(make_account(up=None), False, id="not asked"),
        pytest.param(make_blocked(Cause.SHARE, None), False, id="share"),
        pytest.param(make_blocked(Cause.RESERVE, None), True, id="reserve"),
        pytest.param(make_blocked(Cause.KEY, None), True, id="key"),
        pytest.param(make_account(key_problem="expected a file"), True, id="key file"),
    ],
)
def test_an_account_needs_a_person_where_its_api_or_its_key_file_is_in_trouble(
    account: AccountView, needs: bool
) -> None:
    assert account_line(account, NOW).needs_a_person is needs


def test_an_account_whose_jobs_wait_long_for_their_turns_says_so() -> None:
    windows = {"minute": WindowView(10, 9, READ + 90, 2, in_force=10)}
    views = [make_view(job_id) for job_id in range(1, 21)]
    assert account_line(make_account(*views, windows=windows), NOW).queue.startswith("20 jobs are")
