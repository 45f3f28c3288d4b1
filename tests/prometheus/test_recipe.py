"""The recipe of the runbook that sends alerts to the team of a job, word for word."""

import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from tests.prometheus.shipped import FILE, ROOT, promtool

RECIPE = (ROOT / "docs/alerts.md").read_text("utf-8").split("**To send alerts to the team")[1]
REMEMBERED, ADDED = map(dedent, re.findall(r"(?:^ {4}.*\n)+", RECIPE, re.MULTILINE)[:2])

LIVES = """
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {{ series: 'up{{job="fusebill",instance="a"}}', values: {up} }}
      - {{ series: '{job}_info{{{of},job_id="5",team="billing"}}', values: {shown} }}
      - {{ series: '{job}_info{{{of},job_id="6",team="support"}}', values: {shown} }}
      - {{ series: '{job}_info{{{of},job_id="7"}}', values: {shown} }}
      - {{ series: '{job}_fetch_errors_total{{{of},job_id="5"}}', values: {shown} }}
      - {{ series: '{job}_fetch_errors_total{{{of},job_id="6"}}', values: {shown} }}
      - {{ series: '{job}_fetch_errors_total{{{of},job_id="7"}}', values: {shown} }}
      - {{ series: '{job}_state{{{of},job_id="5",state="failed"}}', values: {read} }}
      - {{ series: '{job}_end_confirmed{{{of},job_id="5"}}', values: {read} }}
      - {{ series: '{job}_state{{{of},job_id="6",state="running"}}', values: {read} }}
      - {{ series: '{job}_status{{{of},job_id="6",status="At work"}}', values: {read} }}
      - {{ series: '{job}_progress_timestamp_seconds{{{of},job_id="6"}}', values: -3000x50 }}
      - {{ series: '{job}_read_timestamp_seconds{{{of},job_id="6"}}', values: 0+60x50 }}
      - {{ series: '{job}_read_timestamp_seconds{{{of},job_id="7"}}', values: -2000x50 }}
    promql_expr_test:
      - expr: count_over_time(ALERTS{{alertstate="firing"}}[1h])
        eval_time: 40m
        exp_samples:
          - labels: '{{alertname="FusebillServiceJobFailed",{told},severity="critical",job_id="5",team="billing"}}'
            value: 41
          - labels: '{{alertname="FusebillServiceJobStalled",{told},severity="warning",job_id="6",team="support"}}'
            value: 41
          - labels: '{{alertname="FusebillServiceJobUnread",{told},severity="warning",job_id="7"}}'
            value: 41
"""  # noqa: E501  a series is a line


def with_recipe() -> dict[str, Any]:
    """Return the shipped rules with the recipe, added to each alert about a job."""
    rules: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    jobs = rules["groups"][0]["rules"]
    jobs[1:1] = yaml.safe_load(REMEMBERED)
    for rule in jobs:
        if "alert" in rule:
            rule["expr"] = ADDED.replace("<the expression>", rule["expr"])
    return rules


@pytest.mark.parametrize(
    ("up", "shown", "read"),
    [
        ("1x9 0 1x30", "1x9 stale 1x30", "1x9 stale 1x30"),
        ("1x9 0x2 1x30", "1x9 stale _x2 1x30", "1x9 stale _x12 1x30"),
    ],
    ids=["a missed scrape", "a restart"],
)
def test_an_alert_keeps_its_team_through(tmp_path: Path, up: str, shown: str, read: str) -> None:
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(with_recipe()), "utf-8")
    case = tmp_path / "case.yml"
    of = 'job="fusebill",instance="a",account="live"'
    told = 'alertstate="firing",job="fusebill",account="live"'
    text = LIVES.format(job="fusebill_service_job", of=of, told=told, up=up, shown=shown, read=read)
    case.write_text(text, "utf-8")
    done = promtool("test", "rules", case)
    assert done.returncode == 0, done.stdout + done.stderr
