"""Each kind of fault is recognised when the alerts are forged, and right alerts have none."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from exporter.simulator.limits import LIVE, TESTDRIVE
from tests.prometheus.simulation.evidence import Evidence, gather
from tests.prometheus.simulation.judge import judge
from tests.prometheus.simulation.lives import step
from tests.prometheus.simulation.program import watch
from tests.prometheus.simulation.promtool import Alert
from tests.prometheus.simulation.world import MINUTE, Account, JobLife, Step, Trouble, World

ENDS = 100
LAST = ENDS - 1
FAILED, PARTIAL = "FusebillServiceJobFailed", "FusebillServiceJobPartiallyFailed"
STALLED, UNKNOWN = "FusebillServiceJobStalled", "FusebillServiceJobStateUnknown"
UNREAD, NOT_STARTED = "FusebillServiceJobUnread", "FusebillServiceJobNotStarted"
BLOCKED, DOWN = "FusebillApiBlocked", "FusebillExporterDown"


def moving(until: float) -> list[Step]:
    return [
        step(2.0 * MINUTE * n, "running", "Processing", (100, n, 0)) for n in range(int(until / 2))
    ]


def moves() -> JobLife:
    return JobLife(1, "moves", tuple(moving(ENDS)))


def stands_from(minute: float) -> JobLife:
    return JobLife(1, "stands", tuple(moving(minute)))


def ends_as(state: str, status: str, minute: float = 50) -> JobLife:
    failed = 50 if state == "partial" else 0
    end = step(minute * MINUTE, state, status, (100, 50, failed))
    return JobLife(1, state, (*moving(minute), end))


def is_missing() -> JobLife:
    return replace(moves(), error=404, error_span=(0.0, ENDS * MINUTE))


def trouble(cause: str, how: str, begin: float, end: float) -> Trouble:
    return Trouble(cause, how, begin * MINUTE, end * MINUTE)


def world(job: JobLife, *troubles: Trouble, away: tuple[float, float] | None = None) -> World:
    account = Account("live", "live", LIVE, (job,), troubles)
    spans = () if away is None else ((away[0] * MINUTE, away[1] * MINUTE),)
    return World(1, ENDS * MINUTE, 10 * ENDS * MINUTE, (account,), spans)


def seen(job: JobLife, *troubles: Trouble, away: tuple[float, float] | None = None) -> Evidence:
    return gather(watch(world(job, *troubles, away=away)))


def fires(name: str, first: int, last: int = LAST, text: str = "no such job") -> Iterable[Alert]:
    labels = {"account": "live", "job_id": "1"} if "Job" in name else {"account": "live"}
    return [
        Alert(minute, name, labels, {"summary": text, "description": text})
        for minute in range(first, last + 1)
    ]


RIGHT = [
    (ends_as("failed", "Failed"), FAILED, 51),
    (ends_as("partial", "ProcessedWithErrors"), PARTIAL, 51),
    (stands_from(30), STALLED, 69),
    (JobLife(1, "odd", (step(0.0, "unknown", "Odd", (100, None, None)),)), UNKNOWN, 15),
    (is_missing(), UNREAD, 20),
]
EACH_RIGHT = pytest.mark.parametrize(
    ("job", "name", "first"), RIGHT, ids=[name for _, name, _ in RIGHT]
)


@EACH_RIGHT
def test_an_alert_that_fires_when_it_is_to_is_right(job: JobLife, name: str, first: int) -> None:
    assert judge(seen(job), fires(name, first)) == []


@EACH_RIGHT
def test_an_alert_that_never_fires_is_missing(job: JobLife, name: str, first: int) -> None:
    (fault,) = judge(seen(job), [])
    assert fault.startswith(f"{name} of live/1 is missing, minutes ")
    assert first <= int(fault.split()[-3]) <= first + 4
    assert fault.endswith(f" to {LAST}.")


@EACH_RIGHT
def test_an_alert_that_ends_for_a_moment_is_missing(job: JobLife, name: str, first: int) -> None:
    alerts = [*fires(name, first, 80), *fires(name, 83)]
    assert judge(seen(job), alerts) == [f"{name} of live/1 is missing, minutes 81 to 82."]


@pytest.mark.parametrize("name", [FAILED, PARTIAL, STALLED, UNKNOWN, UNREAD, NOT_STARTED])
def test_an_alert_about_a_job_that_moves_is_false(name: str) -> None:
    faults = judge(seen(moves()), fires(name, 60, 61))
    assert f"{name} of live/1 is false, minutes 60 to 61." in faults


def test_a_failure_is_kept_while_the_exporter_is_away() -> None:
    evidence = seen(ends_as("failed", "Failed"), away=(60, 68))
    assert judge(evidence, fires(FAILED, 51)) == []
    faults = judge(evidence, [*fires(FAILED, 51, 60), *fires(FAILED, 69)])
    assert faults == [f"{FAILED} of live/1 is missing, minutes 61 to 68."]


def test_a_job_that_stands_while_it_is_not_read_does_not_stall() -> None:
    evidence = seen(stands_from(30), trouble("unreachable", "500", 50, 90))
    faults = judge(evidence, fires(STALLED, 75))
    assert f"{STALLED} of live/1 is false, minutes 75 to 90." in faults


def test_one_job_of_a_small_account_may_go_unread_for_20_minutes_and_two_for_longer() -> None:
    two = (moves(), replace(moves(), id=2))
    accounts = [Account("live", "TestDrive", TESTDRIVE, jobs, ()) for jobs in (two[:1], two)]
    worlds = [replace(world(moves()), accounts=(account,)) for account in accounts]
    limits = [gather(watch(one)).at(("live", "1"), 50).limit for one in worlds]  # type: ignore[union-attr]
    assert limits == [20 * MINUTE, pytest.approx(2 * 1.1 * 2 * 86_400 / 125)]


@pytest.mark.parametrize(
    ("cause", "how"), [("unreachable", "refused"), ("key", "401"), ("rate_limited", "429 minute")]
)
def test_an_account_that_is_blocked_without_an_alert_is_told(cause: str, how: str) -> None:
    evidence = seen(moves(), trouble(cause, how, 40, 70))
    assert f"{BLOCKED} of live is missing, minutes 5" in "\n".join(judge(evidence, []))


def test_a_block_that_is_an_alert_after_10_minutes_is_right() -> None:
    evidence = seen(moves(), trouble("key", "401", 40, 55))
    text = "the API refuses the key"
    assert judge(evidence, fires(BLOCKED, 51, 58, text)) == []


def test_an_account_that_is_served_and_called_blocked_is_told() -> None:
    faults = judge(seen(moves()), fires(BLOCKED, 30, 31, "the API refuses the key"))
    assert f"{BLOCKED} of live is false, minutes 30 to 31." in faults


def test_a_block_that_is_an_alert_after_its_end_is_told() -> None:
    evidence = seen(moves(), trouble("unreachable", "500", 40, 55))
    faults = judge(evidence, fires(BLOCKED, 52, 70, "the API does not answer"))
    assert f"{BLOCKED} of live is false, minutes 58 to 70." in faults


def test_an_api_that_fails_for_one_job_and_is_called_blocked_is_told() -> None:
    fails = replace(moves(), id=2, error=500, error_span=(10 * MINUTE, ENDS * MINUTE))
    two = world(ends_as("succeeded", "Processed", 30))
    account = replace(two.accounts[0], jobs=(*two.accounts[0].jobs, fails))
    evidence = gather(watch(replace(two, accounts=(account,))))
    faults = judge(evidence, fires(BLOCKED, 60, 70, "the API does not answer"))
    assert f"{BLOCKED} of live is false, minutes 60 to 70." in faults


def test_a_text_that_names_another_cause_is_told() -> None:
    evidence = seen(moves(), trouble("key", "401", 30, 32), trouble("unreachable", "500", 38, 80))
    faults = judge(evidence, fires(BLOCKED, 52, 75, "the API refuses the key"))
    said = f"the summary of {BLOCKED} of live says key where it was unreachable, minutes 52 to 75."
    assert said in faults


def test_a_text_without_a_cause_is_told() -> None:
    evidence = seen(moves(), trouble("unreachable", "500", 38, 80))
    faults = judge(evidence, fires(BLOCKED, 52, 75, "no job is read"))
    assert f"the description of {BLOCKED} of live names no cause, minutes 52 to 75." in faults


def test_an_exporter_that_is_away_without_an_alert_is_told() -> None:
    assert judge(seen(moves(), away=(30, 48)), []) == [f"{DOWN} is missing, minutes 43 to 48."]


def test_an_exporter_that_is_there_and_called_down_is_told() -> None:
    down = [Alert(minute, DOWN, {"instance": "any"}, {}) for minute in (30, 31)]
    assert judge(seen(moves()), down) == [f"{DOWN} is false, minutes 30 to 31."]


def test_a_job_that_is_not_read_though_nothing_is_wrong_is_told() -> None:
    evidence = seen(moves(), trouble("unreachable", "500", 20, ENDS))
    blameless = gather(replace(evidence.run, world=world(moves())))
    faults = judge(blameless, [])
    assert "the exporter does not read live/1, minutes 40 to 99." in faults


def test_a_job_that_is_not_shown_as_what_it_is_is_told() -> None:
    evidence = seen(ends_as("succeeded", "Processed", 30))
    other = gather(replace(evidence.run, world=world(ends_as("failed", "Failed", 30))))
    said = "the exporter shows live/1 as succeeded where the API says failed, minutes 51 to 99."
    assert judge(other, []) == [said]


def test_a_block_whose_time_begins_anew_with_a_restart_is_told() -> None:
    evidence = seen(moves(), trouble("unreachable", "500", 40, 80), away=(48, 50))
    faults = judge(evidence, fires(BLOCKED, 60, 81, "the API does not answer"))
    said = [fault for fault in faults if "as it was shown" in fault]
    assert said == [f"{BLOCKED} of live is missing, as it was shown, minutes 53 to 59."]


def test_an_alert_that_fires_twice_about_the_same_is_told() -> None:
    twice = [*fires(FAILED, 51), *fires(FAILED, 60, 61)]
    faults = judge(seen(ends_as("failed", "Failed")), twice)
    assert faults == [f"{FAILED} of live/1 fires 2 times, minutes 60 to 61."]
