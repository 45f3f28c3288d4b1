"""The table of metrics against the contract with users, and a whole exposition of it.

After a change on purpose, `python -m tests.golden` rewrites the golden files.
"""

from collections import Counter

import pytest

from exporter.exposition.family import Family
from exporter.exposition.metrics import FAMILIES
from exporter.exposition.text import Format
from exporter.jobs.counters import DEFER_CAUSES, DOCUMENTED_CODES
from exporter.model.failures import REASONS
from exporter.model.job import OPTIONAL_FIELDS
from exporter.quota.block import Block, Cause
from tests.exposition.series import series
from tests.golden import FILES, exposition, golden_snapshot
from tests.support.snapshots import (
    READ,
    make_account,
    make_snapshot,
)

# The names, types and labels on which users' dashboards, rules and scripts depend.
CONTRACT = """
fusebill_service_job_info gauge account job_id account_id job_type job_name
fusebill_service_job_status gauge account job_id status
fusebill_service_job_state gauge account job_id state
fusebill_service_job_percent_complete gauge account job_id
fusebill_service_job_items gauge account job_id
fusebill_service_job_items_successful gauge account job_id
fusebill_service_job_items_failed gauge account job_id
fusebill_service_job_tasks gauge account job_id
fusebill_service_job_offline gauge account job_id
fusebill_service_job_created_timestamp_seconds gauge account job_id
fusebill_service_job_completed_timestamp_seconds gauge account job_id
fusebill_service_job_end_confirmed gauge account job_id
fusebill_service_job_progress_timestamp_seconds gauge account job_id
fusebill_service_job_read_timestamp_seconds gauge account job_id
fusebill_service_job_up gauge account job_id
fusebill_service_job_fetch_errors_total counter account job_id
fusebill_service_job_fetch_error gauge account job_id reason
fusebill_up gauge account
fusebill_fetch_errors_total counter account reason
fusebill_api_blocked gauge account cause
fusebill_api_blocked_until_timestamp_seconds gauge account cause
fusebill_quota_share_ratio gauge account
fusebill_quota_reserve_ratio gauge account
fusebill_api_last_answer_timestamp_seconds gauge account
fusebill_unreadable_fields_total counter account field
fusebill_api_requests_total counter account code
fusebill_api_request_duration_seconds histogram account
fusebill_api_rate_limit gauge account window
fusebill_api_rate_limit_remaining gauge account window
fusebill_api_rate_limit_reset_timestamp_seconds gauge account window
fusebill_api_budget_remaining gauge account window
fusebill_jobs gauge account state
fusebill_reads_deferred_total counter account cause
fusebill_jobs_finished_total counter account state
fusebill_job_duration_seconds histogram account state
fusebill_exporter_build_info gauge version pythonversion
fusebill_exporter_config_last_reload_successful gauge
fusebill_exporter_config_last_reload_success_timestamp_seconds gauge
fusebill_exporter_web_config_ok gauge
fusebill_exporter_job_file_ok gauge file
fusebill_exporter_collect_duration_seconds gauge
fusebill_exporter_log_lines_dropped_total counter
"""
EVERY_FAMILY = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
STATES = ["pending", "running", "succeeded", "partial", "failed", "unknown"]


@pytest.mark.parametrize("form", Format)
def test_the_whole_exposition_is_the_golden_one(form: Format) -> None:
    assert exposition(form) == FILES[form].read_text(encoding="utf-8")


def test_the_table_is_what_users_were_promised() -> None:
    table = [(family.name, family.type, *family.labels) for family in FAMILIES]
    assert sorted(table) == sorted(tuple(line.split()) for line in CONTRACT.split("\n") if line)


def test_no_name_stands_twice() -> None:
    assert [
        name for name, count in Counter(one.name for one in FAMILIES).items() if count > 1
    ] == []


@EVERY_FAMILY
def test_the_help_is_one_short_sentence(family: Family) -> None:
    assert family.help.endswith(".")
    assert ". " not in family.help
    assert family.help[0].isupper()
    assert len(family.help) <= 100
    assert not set(family.help) & set('\\\n"'), "what some parsers stumble over"


@EVERY_FAMILY
def test_the_name_says_the_type(family: Family) -> None:
    assert family.name.endswith("_total") == (family.type == "counter")
    assert not family.name.endswith(("_count", "_sum", "_bucket"))
    assert not {"job", "instance", "type", "service", "env"} & set(family.labels)


@EVERY_FAMILY
def test_no_series_stands_twice(family: Family) -> None:
    samples = [sample.suffix + sample.labels for sample in family.samples(golden_snapshot())]
    assert samples
    assert len(samples) == len(set(samples))


@EVERY_FAMILY
def test_the_series_have_the_labels_of_the_table(family: Family) -> None:
    for sample in family.samples(golden_snapshot()):
        names = [pair.split("=")[0] for pair in sample.labels.split('",') if pair]
        mine = [name for name in names if name not in ("le", "team", "tier")]
        assert mine == list(family.labels)


def test_the_jobs_by_state_add_up_to_the_watched_jobs() -> None:
    snapshot = golden_snapshot()
    shown = series(snapshot, "jobs")
    for account in snapshot.accounts:
        key = f'account="{account.name}",'
        mine = {text: value for text, value in shown.items() if text.startswith(key)}
        assert list(mine) == [f'{key}state="{state}"' for state in [*STATES, "unread"]]
        assert sum(mine.values()) == len(account.jobs)


@pytest.mark.parametrize(
    ("name", "label", "values"),
    [
        pytest.param("fetch_errors_total", "reason", REASONS, id="errors by reason"),
        pytest.param(
            "api_requests_total", "code", (*DOCUMENTED_CODES, "none"), id="requests by code"
        ),
        pytest.param("reads_deferred_total", "cause", DEFER_CAUSES, id="deferred by cause"),
        pytest.param("unreadable_fields_total", "field", OPTIONAL_FIELDS, id="unreadable fields"),
        pytest.param(
            "jobs_finished_total", "state", ("succeeded", "partial", "failed"), id="finished"
        ),
    ],
)
def test_a_counter_has_every_known_label_value_from_0(
    name: str, label: str, values: tuple[str, ...]
) -> None:
    shown = series(make_snapshot(make_account()), name)
    assert shown == {f'account="live",{label}="{value}"': 0 for value in values}


@pytest.mark.parametrize(
    ("up", "expected"),
    [
        pytest.param(None, {}, id="absent before the API was asked"),
        pytest.param(True, {'account="live"': 1}, id="1 when it answers"),
        pytest.param(False, {'account="live"': 0}, id="0 when it does not"),
    ],
)
def test_up_is_what_the_last_read_found(up: bool | None, expected: dict[str, float]) -> None:
    assert series(make_snapshot(make_account(up=up)), "up") == expected


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(None, id="none blocks"),
        *(pytest.param(Block(cause, READ, None), id=cause) for cause in Cause),
    ],
)
def test_each_cause_of_a_block_is_there_and_at_most_one_is_1(block: Block | None) -> None:
    shown = series(make_snapshot(make_account(block=block)), "api_blocked")
    assert shown == {
        f'account="live",cause="{cause}"': int(block is not None and block.cause == cause)
        for cause in ("reserve", "share", "rate_limited", "key", "unreachable")
    }


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        pytest.param(None, {}, id="none blocks"),
        pytest.param(Block(Cause.KEY, READ, None), {}, id="the end is not known"),
        pytest.param(
            Block(Cause.RESERVE, READ, READ + 60),
            {'account="live",cause="reserve"': READ + 60},
            id="the end is known",
        ),
    ],
)
def test_until_when_reads_are_stopped_is_that_of_the_cause(
    block: Block | None, expected: dict[str, float]
) -> None:
    snapshot = make_snapshot(make_account(block=block))
    assert series(snapshot, "api_blocked_until_timestamp_seconds") == expected


def test_the_quota_is_as_configured() -> None:
    snapshot = make_snapshot(make_account(share=0.5, reserve=0.0))
    assert series(snapshot, "quota_share_ratio") == {'account="live"': 0.5}
    assert series(snapshot, "quota_reserve_ratio") == {'account="live"': 0.0}


def test_when_the_api_last_answered_is_absent_until_it_has() -> None:
    name = "api_last_answer_timestamp_seconds"
    assert series(make_snapshot(make_account(up=None)), name) == {}
    assert series(make_snapshot(make_account()), name) == {'account="live"': READ}


def test_the_labels_of_users_go_to_the_info_metric_alone() -> None:
    snapshot = golden_snapshot()
    with_team = {
        family.name
        for family in FAMILIES
        for sample in family.samples(snapshot)
        if 'team="billing"' in sample.labels
    }
    assert with_team == {"fusebill_service_job_info"}


def test_a_histogram_counts_up_to_infinity() -> None:
    shown = series(golden_snapshot(), "api_request_duration_seconds")
    buckets = [shown[f'account="live",le="{bound}"'] for bound in ("0.05", "0.25", "10.0", "+Inf")]
    assert buckets == [2, 3, 5, 6]
