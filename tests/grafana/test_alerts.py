"""The table of firing alerts: which come first, and what it says where none fires."""

from pathlib import Path

import pytest

from tests.grafana.committed import ALL_JOBS, ONE_JOB, expression_of, overrides, panel_of
from tests.grafana.prometheus import check_answer

TITLES = {ALL_JOBS: "Firing alerts", ONE_JOB: "Firing alerts of this job"}
EACH = pytest.mark.parametrize("uid", TITLES)
WATCHED = "instance_account_job_id:fusebill_service_job:watched"


def severities(uid: str) -> str:
    return expression_of(TITLES[uid], "severity", uid)


def firing(alert: str, severity: str, **labels: str) -> str:
    """Return the series of an alert of the job `fusebill`."""
    every = {"job": "fusebill", "alertname": f"Fusebill{alert}", "severity": severity, **labels}
    matchers = ",".join(f'{label}="{value}"' for label, value in every.items())
    return f'ALERTS{{{matchers},alertstate="firing"}}'


def word(severity: float, uid: str = ALL_JOBS) -> tuple[str, str]:
    """Return the word and the colour of a severity."""
    mappings = overrides(panel_of(TITLES[uid], uid))["Severity"]["mappings"]
    (texts,) = [mapping["options"] for mapping in mappings]
    return texts[f"{severity:g}"]["text"], texts[f"{severity:g}"]["color"]


def test_an_alert_that_may_explain_others_comes_before_those_of_its_severity(
    tmp_path: Path,
) -> None:
    series = {
        firing("ServiceJobFailed", "critical", account="demo", job_id="1"): "1x5",
        firing("ServiceJobStalled", "warning", account="demo", job_id="2"): "1x5",
        firing("ExporterDown", "critical", instance="a"): "1x5",
        firing("ApiQuotaLow", "warning", instance="a", account="demo"): "1x5",
    }
    expected = {
        '{alertname="ExporterDown", instance="a"}': 3.5,
        '{alertname="ServiceJobFailed", account="demo", job_id="1"}': 3,
        '{alertname="ApiQuotaLow", instance="a", account="demo"}': 2.5,
        '{alertname="ServiceJobStalled", account="demo", job_id="2"}': 2,
    }
    check_answer(tmp_path, severities(ALL_JOBS), series, expected)
    words = [word(severity)[0] for severity in expected.values()]
    assert words == ["critical", "critical", "warning", "warning"]


@EACH
def test_that_none_fires_is_known_where_the_rules_watch_a_job(tmp_path: Path, uid: str) -> None:
    watched = f'{WATCHED}{{job="fusebill",instance="a",account="demo",job_id="1"}}'
    check_answer(tmp_path, severities(uid), {watched: "1x5"}, {"{}": 0})
    assert word(0, uid) == ("none", "green")


@EACH
def test_where_no_rule_watches_a_job_it_is_not_known_whether_any_fires(
    tmp_path: Path, uid: str
) -> None:
    check_answer(tmp_path, severities(uid), {}, {"{}": -1})
    assert word(-1, uid) == ("not known", "#8e8e8e")
