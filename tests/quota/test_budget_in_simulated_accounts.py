"""The whole exporter in simulated accounts: its share is kept, failures are met with restraint."""

from dataclasses import replace

import pytest

from benchmarks.quota_case import Case
from benchmarks.quota_failures import OF_1000, cold_start, hang, wrong_key
from benchmarks.quota_naive import read_everything
from benchmarks.quota_ours import simulate
from benchmarks.quota_verdicts import Row, of_cases, of_hangs, of_wrong_key
from benchmarks.verdict import Verdict
from exporter.model.duration import HOUR, MINUTE

pytestmark = pytest.mark.slow

SANDBOX = Case("sandbox", watched=40, running=10, servers=2, interval=15.0, customer=True)
TEST_DRIVE = replace(SANDBOX, account="TestDrive", interval=60.0)
LIVE = replace(SANDBOX, account="live", servers=1)


def missed(verdicts: list[Verdict]) -> list[str]:
    return [verdict.name for verdict in verdicts if not verdict.kept]


@pytest.mark.parametrize("case", [SANDBOX, TEST_DRIVE, LIVE], ids=str)
def test_two_hours_of_the_exporter_keep_every_bound(case: Case) -> None:
    hours = Row(case, simulate(case, 2 * HOUR), read_everything(case, 2 * HOUR))
    assert missed(of_cases([hours])) == []


def test_a_refused_key_is_tried_at_most_three_times_in_the_first_minute() -> None:
    requests = wrong_key()
    assert requests > 0
    assert of_wrong_key(requests).kept


@pytest.mark.parametrize("after", [0.0, 10 * MINUTE])
def test_an_api_that_hangs_is_asked_little_and_read_again_soon(after: float) -> None:
    hanging = hang(after)
    assert hanging.busiest_minute > 0
    assert missed(of_hangs([("now", hanging)])) == []
    assert hanging.recovery < 10 * MINUTE


def test_a_live_account_reads_a_thousand_jobs_within_minutes_of_a_cold_start() -> None:
    assert cold_start(replace(OF_1000, running=100)) < 5 * MINUTE
