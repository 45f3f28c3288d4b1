"""From the API to the receivers, with the shipped rules and routes: nobody misses a failed job.

The rules about ended jobs have no `for`, so the tests need not wait. Prometheus scrapes and
evaluates every second, and Alertmanager does not wait for more alerts before it notifies.
"""

from pathlib import Path

import pytest

from exporter.simulator import Simulator
from tests.e2e.alertmanager import Notice
from tests.e2e.programs import Clock, Seen, running_programs
from tests.e2e.story import FAILED, PARTIAL, Story, jobs, play
from tests.support.readers import KEY

ROOT = Path(__file__).parents[2]
RULES = ROOT / "prometheus" / "fusebill.rules.yml"
ROUTES = ROOT / "alertmanager" / "alertmanager.yml"
RUNBOOK = "https://github.com/fusebill-exporter/fusebill-exporter/blob/main/docs/alerts.md"

ABOUT_JOBS = "FusebillServiceJob"
JOB_FAILED = "FusebillServiceJobFailed"
JOB_PARTIALLY_FAILED = "FusebillServiceJobPartiallyFailed"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Return the story after it has been played."""
    clock = Clock()
    folder = tmp_path_factory.mktemp("alerting")
    with (
        Simulator(jobs(clock.now), api_key=KEY, clock=clock) as api,
        running_programs(folder, api, clock, RULES, ROUTES) as programs,
    ):
        return play(programs)


def raised_about_jobs(seen: Seen) -> set[tuple[str, str, str]]:
    return {alert for alert in seen.raised if alert[0].startswith(ABOUT_JOBS)}


def told(seen: Seen, name: str) -> list[Notice]:
    return [notice for notice in seen.notices if notice.alertname == name]


def test_jobs_that_run_or_succeeded_raise_no_alert(story: Story) -> None:
    assert raised_about_jobs(story.running) == set()
    assert story.running.alerts == ()


def test_a_job_that_fails_is_one_critical_alert(story: Story) -> None:
    alert = story.failed.alert(JOB_FAILED)
    assert alert.state == "active"
    assert alert.labels == {
        "alertname": JOB_FAILED,
        "severity": "critical",
        "job": "fusebill",
        "account": "live",
        "job_id": str(FAILED),
    }


def test_the_alert_says_which_job_failed_and_how_and_what_to_do(story: Story) -> None:
    assert story.failed.alert(JOB_FAILED).annotations == {
        "summary": "Service job q3-price-push of account live has failed.",
        "description": f"Job {FAILED} of account live failed after 1,300 of 2,600 items; "
        "325 reported as failed. The API calls it Failed.",
        "runbook_url": f"{RUNBOOK}#fusebillservicejobfailed",
    }


def test_a_job_that_fails_in_part_is_one_warning(story: Story) -> None:
    alert = story.failed.alert(JOB_PARTIALLY_FAILED)
    assert alert.state == "active"
    assert (alert.labels["job_id"], alert.labels["severity"]) == (str(PARTIAL), "warning")
    assert (
        "5 of 50 reported as failed. The API calls it ProcessedWithErrors."
        in (alert.annotations["description"])
    )


def test_who_is_on_call_hears_of_the_failed_job_and_the_team_of_the_other(story: Story) -> None:
    assert story.failed.alert(JOB_FAILED).receivers == ("on-call",)
    assert story.failed.alert(JOB_PARTIALLY_FAILED).receivers == ("team",)
    assert set(story.failed.notices) == {
        Notice("on-call", JOB_FAILED, str(FAILED), "firing"),
        Notice("team", JOB_PARTIALLY_FAILED, str(PARTIAL), "firing"),
    }


@pytest.mark.parametrize("name", [JOB_FAILED, JOB_PARTIALLY_FAILED])
def test_an_alert_stays_the_same_through_a_restart_while_the_api_is_down(
    story: Story, name: str
) -> None:
    assert story.outage.alert(name) == story.failed.alert(name)
    assert told(story.outage, name) == told(story.failed, name)


@pytest.mark.parametrize("name", [JOB_FAILED, JOB_PARTIALLY_FAILED])
def test_an_alert_is_still_the_same_once_its_job_is_read_again(story: Story, name: str) -> None:
    assert story.back.alert(name) == story.failed.alert(name)
    assert told(story.back, name) == told(story.failed, name)


@pytest.mark.parametrize("name", [JOB_FAILED, JOB_PARTIALLY_FAILED])
def test_a_restart_of_prometheus_announces_nothing_twice(story: Story, name: str) -> None:
    assert story.restarted.alert(name) == story.failed.alert(name)
    assert told(story.restarted, name) == told(story.failed, name)


def test_an_api_that_is_down_raises_no_alert_about_any_other_job(story: Story) -> None:
    assert raised_about_jobs(story.outage) == {
        (JOB_FAILED, "firing", str(FAILED)),
        (JOB_PARTIALLY_FAILED, "firing", str(PARTIAL)),
    }


def test_nothing_else_ever_fires(story: Story) -> None:
    assert story.unwatched.fired == {
        (JOB_FAILED, str(FAILED)),
        (JOB_PARTIALLY_FAILED, str(PARTIAL)),
    }


def test_the_alert_resolves_once_its_job_is_no_longer_watched(story: Story) -> None:
    assert raised_about_jobs(story.unwatched) == {(JOB_PARTIALLY_FAILED, "firing", str(PARTIAL))}
    (left,) = story.unwatched.alerts
    assert left == story.failed.alert(JOB_PARTIALLY_FAILED)


def test_a_failed_job_is_announced_once_and_resolved_once(story: Story) -> None:
    assert told(story.unwatched, JOB_FAILED) == [
        Notice("on-call", JOB_FAILED, str(FAILED), "firing"),
        Notice("on-call", JOB_FAILED, str(FAILED), "resolved"),
    ]


def test_a_job_that_is_still_watched_is_announced_once_and_never_resolved(story: Story) -> None:
    assert told(story.unwatched, JOB_PARTIALLY_FAILED) == [
        Notice("team", JOB_PARTIALLY_FAILED, str(PARTIAL), "firing")
    ]
