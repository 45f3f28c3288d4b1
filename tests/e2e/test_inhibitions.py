"""The shipped inhibitions in a real Alertmanager: of two alerts they hide only the lesser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.alertmanager import Alertmanager, alertmanager
from tests.e2e.waiting import settled

SHIPPED = Path(__file__).parents[2] / "alertmanager" / "alertmanager.yml"

BLOCKED = {"alertname": "FusebillApiBlocked", "account": "live", "instance": "a:10423"}
UNREAD = {"alertname": "FusebillServiceJobUnread", "account": "live", "job_id": "5"}
LIMITED = {"alertname": "FusebillApiRateLimited", "account": "live", "instance": "a:10423"}
LOW = {"alertname": "FusebillApiQuotaLow", "account": "live", "instance": "a:10423"}
FAILED = {"alertname": "FusebillServiceJobFailed", "account": "live", "job_id": "6"}
DOWN = {"alertname": "FusebillExporterDown", "instance": "b:10423"}
PROBE = {"alertname": "FusebillProbeFailed", "account": "live", "job_id": "7"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    folder = tmp_path_factory.mktemp("inhibitions")
    with alertmanager(folder, SHIPPED.read_text(encoding="utf-8")) as server:
        yield server


def shown(server: Alertmanager, job: str, *raised: dict[str, str]) -> set[str]:
    """Raise alerts for a scrape job of their own; return the names of those not hidden."""
    server.raise_alerts(one | {"job": job} for one in raised)

    def active() -> set[str]:
        return {
            alert.labels["alertname"]
            for alert in server.alerts()
            if alert.labels["job"] == job and alert.state == "active"
        }

    def processed() -> set[str]:
        mine = [one for one in server.alerts() if one.labels["job"] == job]
        known = len(mine) == len(raised) and all(one.state != "unprocessed" for one in mine)
        return active() if known else set()

    return settled(processed, bool)


def test_a_blocked_account_hides_that_its_jobs_are_not_read_and_what_its_quota_is(
    server: Alertmanager,
) -> None:
    raised = (BLOCKED, UNREAD, LIMITED, LOW, FAILED)
    assert shown(server, "one", *raised) == {BLOCKED["alertname"], FAILED["alertname"]}


def test_a_blocked_account_hides_nothing_of_another(server: Alertmanager) -> None:
    other = UNREAD | {"account": "sandbox"}
    assert shown(server, "two", BLOCKED, other) == {BLOCKED["alertname"], UNREAD["alertname"]}


def test_an_exporter_that_is_down_hides_a_probe_that_fails_and_no_unread_job(
    server: Alertmanager,
) -> None:
    assert shown(server, "three", DOWN, PROBE, UNREAD) == {DOWN["alertname"], UNREAD["alertname"]}
