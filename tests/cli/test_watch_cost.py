from dataclasses import replace

import pytest

from exporter.cli.watch_cost import EndReads, Stated, Workload, cost_of, end_reads, limits_of
from exporter.config.sections import Quota, Refresh
from exporter.jobs.due import is_due
from exporter.jobs.reading import UNREAD, succeeded
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.rate_limit import DOCUMENTED, LIVE, Limits
from tests.support.readers import DONE, RUNNING


def refresh(**seconds: float) -> Refresh:
    return Refresh().model_copy(update=seconds)


@pytest.mark.parametrize(
    ("active", "interval", "every"),
    [
        pytest.param(10, 30, 30, id="at each scrape"),
        pytest.param(10, 5, 10, id="at every second scrape"),
        pytest.param(10, 4, 12, id="at the first scrape after refresh.active"),
        pytest.param(30, 30, 30, id="as often as the scrapes"),
        pytest.param(30.1, 30, 30, id="a scrape may come a little early"),
        pytest.param(31, 30, 60, id="longer than a scrape interval"),
    ],
)
def test_running_jobs_are_read_at_scrapes_that_are_refresh_active_apart(
    active: float, interval: float, every: float
) -> None:
    cost = cost_of(Workload(1, 1, interval), refresh(active=active), Quota(), LIVE)
    assert cost.every == every
    assert cost.wanted == 86_400 / every


def test_where_more_is_wanted_than_allowed_running_jobs_share_what_is_allowed() -> None:
    cost = cost_of(Workload(1_000, 40, 30), Refresh(), Quota(), LIVE)
    assert (cost.wanted, cost.allowed, cost.every) == (115_200, 45_000, 76.8)
    assert cost.spent == 45_000


def test_finished_jobs_cost_a_read_each_refresh_finished_besides() -> None:
    cost = cost_of(Workload(1_000, 1, 30), refresh(finished=43_200), Quota(), LIVE)
    assert (cost.finished, cost.spent) == (1_998, 2_880 + 1_998)


def test_finished_jobs_are_read_at_scrapes_as_all_are() -> None:
    cost = cost_of(Workload(2, 1, 300), refresh(finished=10.0), Quota(), LIVE)
    assert cost.finished == 288


def test_finished_jobs_that_are_never_read_again_cost_nothing() -> None:
    assert cost_of(Workload(1_000, 1, 30), refresh(finished=0), Quota(), LIVE).finished == 0


@pytest.mark.parametrize(
    ("seconds", "interval", "reads"),
    [
        pytest.param({}, 10, EndReads(4, 16, 5), id="a scrape each refresh.active"),
        pytest.param({}, 30, EndReads(2, 6, 5), id="rarer scrapes"),
        pytest.param({}, 3_600, EndReads(1, 1, 2), id="a scrape an hour"),
        pytest.param({"finished": 0.0}, 10, EndReads(4, 16, 0), id="not once it is confirmed"),
        pytest.param({"finished": 10.0}, 10, EndReads(4, 16, 0), id="as often as others"),
    ],
)
def test_an_end_costs_reads_until_it_is_confirmed_and_ever_more_rarely_then(
    seconds: dict[str, float], interval: float, reads: EndReads
) -> None:
    assert end_reads(refresh(**seconds), interval) == reads


@pytest.mark.parametrize("interval", [4.0, 10.0, 30.0, 3_600.0])
@pytest.mark.parametrize("job", [DONE, replace(DONE, completed=None)], ids=["sound", "odd"])
def test_a_real_reading_costs_the_reads_that_are_worked_out(job: Job, interval: float) -> None:
    counted = Refresh()
    began = Instant(0.0, 1_700_000_090.0)
    reading = succeeded(UNREAD, RUNNING, began, began, counted)
    confirm, settle, now = -1, 0, began
    while reading.due_at - now.monotonic < counted.finished:
        now = Instant(now.monotonic + interval, now.unix + interval)
        if is_due(reading, now):
            settle += reading.end.confirmed
            confirm += not reading.end.confirmed
            reading = succeeded(reading, job, now, now, counted)
    expected = end_reads(counted, interval)
    assert confirm == (expected.confirm if job is DONE else expected.contradicted)
    assert settle == expected.settle or job is not DONE


def test_what_is_allowed_is_the_share() -> None:
    quota = Quota(share=0.5)
    assert cost_of(Workload(1, 1, 30), Refresh(), quota, LIVE).allowed == 90_000


def test_a_minute_limit_may_bind_before_that_of_the_day() -> None:
    cost = cost_of(Workload(1, 1, 30), Refresh(), Quota(share=0.5), Limits(10, 180_000))
    assert cost.allowed == 7_200


@pytest.mark.parametrize(
    ("limits", "running", "interval", "every"),
    [
        pytest.param(LIVE, 1_000, 600, 2_400, id="live, every 10 min"),
        pytest.param(LIVE, 1_000, 3_600, 14_400, id="live, every hour"),
        pytest.param(DOCUMENTED["sandbox"], 50, 3_600, 15_000, id="sandbox, every hour"),
        pytest.param(DOCUMENTED["TestDrive"], 5, 1_800, 4_500, id="TestDrive, every half an hour"),
    ],
)
def test_a_scrape_spends_a_minutes_share_however_long_it_was_since_the_last_one(
    limits: Limits, running: int, interval: float, every: float
) -> None:
    cost = cost_of(Workload(running, running, interval), Refresh(), Quota(), limits)
    assert cost.every == pytest.approx(every)


def test_a_scrape_spends_an_hours_share_at_most() -> None:
    cost = cost_of(Workload(10_000, 10_000, 86_400), Refresh(), Quota(), Limits(10_000, 180_000))
    assert cost.allowed == 1_875


def test_an_account_may_be_of_each_documented_type() -> None:
    assert limits_of(Quota()) == DOCUMENTED


def test_a_configured_limit_of_the_minute_holds_for_each_type() -> None:
    assert limits_of(Quota(per_minute=7))["sandbox"] == Limits(7, 5_000)


@pytest.mark.parametrize(
    ("quota", "limits"),
    [
        pytest.param(Quota(per_day=7_000), Limits(1_000, 7_000), id="the day's"),
        pytest.param(Quota(per_minute=70, per_day=7_000), Limits(70, 7_000), id="both"),
    ],
)
def test_a_configured_limit_of_the_day_is_the_only_one(quota: Quota, limits: Limits) -> None:
    assert limits_of(quota) == {"configured": limits}


@pytest.mark.parametrize(
    ("quota", "stated", "limits"),
    [
        pytest.param(Quota(), Stated(50, 5_000), {"stated": Limits(50, 5_000)}, id="both"),
        pytest.param(Quota(), Stated(day=5_000), {"stated": Limits(1_000, 5_000)}, id="the day's"),
        pytest.param(
            Quota(per_minute=7), Stated(50, 5_000), {"stated": Limits(7, 5_000)}, id="one set"
        ),
        pytest.param(
            Quota(per_day=9_000), Stated(50, 5_000), {"configured": Limits(50, 9_000)}, id="day set"
        ),
        pytest.param(
            Quota(),
            Stated(5_000, 900_000),
            {"live": Limits(1_000, 180_000)},
            id="too high",
        ),
    ],
)
def test_limits_that_the_api_states_are_the_only_ones(
    quota: Quota, stated: Stated, limits: dict[str, Limits]
) -> None:
    assert limits_of(quota, stated) == limits


def test_a_limit_of_the_minute_that_the_api_states_holds_for_each_type() -> None:
    minutes = {limits.minute for limits in limits_of(Quota(), Stated(minute=50)).values()}
    assert minutes == {50}
