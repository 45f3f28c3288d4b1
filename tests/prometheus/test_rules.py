"""The rules are accepted by promtool, keep to the field's conventions, and are documented."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.exposition.metrics import FAMILIES
from exporter.model.duration import parse_duration
from tests.prometheus.shipped import ALERTS, FILE, RECORDED, ROOT, RULES, promtool

EACH_ALERT = pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)
OF_PROMETHEUS = {"ALERTS", "up"}
RESTORED = 600.0
"""Seconds that an alert must wait to be remembered by Prometheus across its own restart.

That is the default of --rules.alert.for-grace-period.
"""

RUNBOOK = "https://github.com/fusebill-exporter/fusebill-exporter/blob/main/docs/alerts.md"
SECTIONS = re.split(r"^## ", (ROOT / "docs/alerts.md").read_text("utf-8"), flags=re.MULTILINE)[1:]
TEXTS = {section.split("\n", 1)[0]: section for section in SECTIONS}


def test_promtool_has_no_complaint_about_the_rules() -> None:
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", FILE)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{len(RULES)} rules found" in done.stdout


def test_promtool_has_no_complaint_about_the_scrape_configuration() -> None:
    done = promtool(
        "check", "config", "--lint=all", "--lint-fatal", FILE.with_name("prometheus.yml")
    )
    assert (done.returncode, done.stderr) == (0, "")


@EACH_ALERT
def test_an_alert_has_a_name_of_the_family_and_a_severity(alert: dict[str, Any]) -> None:
    assert re.fullmatch(r"Fusebill([A-Z][a-z]+)+", alert["alert"])
    assert alert["labels"]["severity"] in ("critical", "warning", "info")


@EACH_ALERT
def test_an_alert_says_what_it_is_and_of_whom(alert: dict[str, Any]) -> None:
    texts = alert["annotations"]
    assert set(texts) == {"summary", "description", "runbook_url"}
    of = (
        ("job_id", "account") if "ServiceJob" in alert["alert"] else ("account", "instance", "file")
    )
    named = [label for label in of if f"$labels.{label}" in texts["summary"]]
    assert named == list(of) if "ServiceJob" in alert["alert"] else named


@EACH_ALERT
def test_the_labels_of_an_alert_do_not_change_with_its_value(alert: dict[str, Any]) -> None:
    assert "$value" not in str(alert["labels"])


@EACH_ALERT
def test_an_alert_about_a_job_does_not_wait_and_any_other_survives_a_restart_of_prometheus(
    alert: dict[str, Any],
) -> None:
    waits = parse_duration(alert.get("for", "0s"))
    assert waits == 0 if "ServiceJob" in alert["alert"] else waits >= RESTORED


@EACH_ALERT
def test_no_alert_silences_another(alert: dict[str, Any]) -> None:
    asked = set(re.findall(r'alertname="(\w+)"', alert["expr"]))
    assert asked <= {alert["alert"]}


@EACH_ALERT
def test_an_alert_leads_to_its_section_of_the_runbook(alert: dict[str, Any]) -> None:
    assert alert["annotations"]["runbook_url"] == f"{RUNBOOK}#{alert['alert'].lower()}"
    section = TEXTS[alert["alert"]]
    assert f"**Severity** {alert['labels']['severity']}." in section
    order = [section.find(word) for word in ("**Severity**", "**Now**", "**Look at**", "**Fix**")]
    assert -1 not in order
    assert order == sorted(order)
    assert "](#silence-an-alert)" in section


def test_the_runbook_has_no_section_of_an_alert_that_is_not_there() -> None:
    assert [title for title in TEXTS if title.startswith("Fusebill")] == list(ALERTS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_asks_only_for_what_there_is(rule: dict[str, Any]) -> None:
    known = {family.name for family in FAMILIES} | OF_PROMETHEUS | set(RECORDED)
    texts = rule["expr"] + str(rule.get("annotations", {}))
    asked = set(re.findall(r"\b(?:fusebill_\w+|[a-z_]+:\w+:\w+|ALERTS|up)\b", texts))
    patterns = {name for name in asked if name.endswith("_")}
    assert asked - patterns <= known


def test_the_pattern_of_what_moves_a_job_names_families_that_there_are() -> None:
    expression = RECORDED["account_job_id_status:fusebill_service_job_progress:sum"]["expr"]
    prefix, names = re.search(r'=~"(\w+)\(([\w|]+)\)"', expression).groups()  # type: ignore[union-attr]
    assert {prefix + name for name in names.split("|")} <= {family.name for family in FAMILIES}


CASES = sorted((FILE.parent / "tests").glob("*.yml"))


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_the_rules_do_what_their_tests_say(file: Path) -> None:
    done = promtool("test", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_has_a_case_that_fires_one_not_yet_and_one_never(alert: str) -> None:
    cases = yaml.safe_load((FILE.parent / f"tests/{alert}.yml").read_text("utf-8"))["tests"]
    names = " / ".join(case["name"] for case in cases)
    assert re.search(r"(^|/ )fires ", names)
    assert "not yet" in names
    assert re.search(r"(^|/ )never ", names)


SLOWER = """
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {{ series: '{family}_status{{job="fusebill",account="live",job_id="2",status="At work"}}', values: 1x60 }}
      - {{ series: '{family}_state{{job="fusebill",account="live",job_id="2",state="running"}}', values: 1x60 }}
      - {{ series: '{family}_progress_timestamp_seconds{{job="fusebill",account="live",job_id="2"}}', values: 0x60 }}
      - {{ series: '{family}_read_timestamp_seconds{{job="fusebill",account="live",job_id="2"}}', values: 0+60x60 }}
    promql_expr_test:
      - expr: count_over_time(ALERTS{{alertname="FusebillServiceJobStalled",alertstate="firing"}}[1h])
        eval_time: 60m
        exp_samples:
          - labels: '{{alertname="FusebillServiceJobStalled",alertstate="firing",severity="warning",job="fusebill",account="live",job_id="2"}}'
            value: 50
"""  # noqa: E501  a series is a line


def test_one_number_says_when_a_running_job_counts_as_stalled(tmp_path: Path) -> None:
    shipped = FILE.read_text("utf-8")
    assert shipped.count("> bool 2400") == 1
    (tmp_path / "rules.yml").write_text(shipped.replace("> bool 2400", "> bool 600"), "utf-8")
    case = tmp_path / "case.yml"
    case.write_text(SLOWER.format(family="fusebill_service_job"), "utf-8")
    done = promtool("test", "rules", case)
    assert done.returncode == 0, done.stdout + done.stderr
