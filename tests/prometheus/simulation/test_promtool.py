"""promtool is asked for alerts, and what it answers is understood word for word."""

from pathlib import Path

import pytest

from tests.prometheus.shipped import promtool
from tests.prometheus.simulation.promtool import Alert, notation, parse, spans

RULES = """
groups:
  - name: any
    rules:
      - alert: High
        expr: x > 1
        labels: {severity: warning}
        annotations:
          summary: 'job "{{ $labels.job_id }}" \\ is {{ $value }}'
          description: two
"""

TEST = """
rule_files: [rules.yml]
tests:
  - interval: 1m
    input_series:
      - {series: 'x{job_id="5"}', values: '0 2x100'}
      - {series: 'x{job_id="6"}', values: '0 3x100'}
    alert_rule_test:
      - {eval_time: 0m, alertname: High, exp_alerts: []}
      - {eval_time: 90m, alertname: High, exp_alerts: []}
"""


def test_what_promtool_got_is_read_with_its_labels_and_texts(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES, "utf-8")
    (tmp_path / "test.yml").write_text(TEST, "utf-8")
    done = promtool("test", "rules", tmp_path / "test.yml")
    five, six = parse(done.stdout + done.stderr)
    assert five == Alert(
        90,
        "High",
        {"alertname": "High", "job_id": "5", "severity": "warning"},
        {"summary": 'job "5" \\ is 2', "description": "two"},
    )
    assert six.annotations["summary"] == 'job "6" \\ is 3'


def test_that_nothing_fires_is_understood() -> None:
    assert list(parse("Unit Testing:  test.yml\n  SUCCESS\n\n")) == []


@pytest.mark.parametrize("line", ["  FAILED: the rules do not load", "    error: no such file"])
def test_what_promtool_says_besides_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match=line.strip()):
        list(parse(f"Unit Testing:  test.yml\n{line}\n"))


def test_labels_that_are_not_quoted_as_expected_are_an_error() -> None:
    text = "    alertname: High, time: 1m, \n              Labels:{job_id=5}\n"
    with pytest.raises(ValueError, match="job_id=5"):
        list(parse(text))


def test_a_series_is_written_in_runs_and_ends_with_its_first_absence() -> None:
    values = [None, None, 1.0, 1.0, 1.5, None, None, None, 2.0, None]
    assert notation(values) == "_x2 1.0x1 1.5 stale _x2 2.0 stale"


def test_promtool_reads_the_samples_that_were_meant(tmp_path: Path) -> None:
    values = [None, None, 1.0, 1.0, 1.5, None, None, None, 2.0, None]
    expected = "\n".join(
        f"      - {{expr: x, eval_time: {minute}m, exp_samples: "
        f"[{'' if value is None else f'{{labels: x, value: {value}}}'}]}}"
        for minute, value in enumerate(values)
    )
    series = f"{{series: x, values: '{notation(values)}'}}"
    text = (
        f"tests:\n  - interval: 1m\n    input_series: [{series}]\n"
        f"    promql_expr_test:\n{expected}\n"
    )
    (tmp_path / "test.yml").write_text(text, "utf-8")
    done = promtool("test", "rules", tmp_path / "test.yml")
    assert (done.returncode, done.stderr) == (0, "")


def test_minutes_in_which_an_alert_fires_are_told_as_spans() -> None:
    alerts = [Alert(minute, "High", {"account": "live"}, {}) for minute in (3, 4, 7)]
    assert list(spans(alerts)) == [("High", "live", 3, 4), ("High", "live", 7, 7)]
