"""What the dashboard asks Prometheus: by the field's rules, and only for what there is."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from exporter.exposition.metrics import FAMILIES
from tests.e2e.conftest import need
from tests.grafana.committed import DASHBOARD, ROOT, expressions, variables

EXPRESSIONS = dict(expressions())
EACH = pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=EXPRESSIONS)
SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}")
CHOSEN = 'job=~"$job",instance=~"$instance"'
FROM_ELSEWHERE = {"up", "process_resident_memory_bytes"}
OF_HISTOGRAM = ("_bucket", "_count", "_sum")


def recorded() -> set[str]:
    rules = yaml.safe_load((ROOT / "prometheus/fusebill.rules.yml").read_text("utf-8"))
    return {
        rule["record"] for group in rules["groups"] for rule in group["rules"] if "record" in rule
    }


def families() -> set[str]:
    """Return the names of the series that there are."""
    names = {
        family.name + suffix
        for family in FAMILIES
        for suffix in (OF_HISTOGRAM if family.type == "histogram" else ("",))
    }
    return names | recorded() | FROM_ELSEWHERE


@EACH
def test_each_selector_is_of_the_chosen_exporters(expression: str) -> None:
    selectors = SELECTOR.findall(expression)
    assert selectors
    assert all(f"{matchers},".startswith(f"{CHOSEN},") for _, matchers in selectors)


@EACH
def test_each_series_is_one_that_the_exporter_or_a_rule_has(expression: str) -> None:
    assert {name for name, _ in SELECTOR.findall(expression)} <= families()


def test_each_variable_looks_up_series_that_the_exporter_has() -> None:
    for variable in variables().values():
        if variable["type"] == "query":
            assert {name for name, _ in SELECTOR.findall(variable["query"])} <= families()


@EACH
def test_a_rate_is_over_an_interval_that_grafana_makes_long_enough(expression: str) -> None:
    rates = re.findall(r"\b(?:rate|irate|deriv)\((?:[^\[]*)\[([^\]]+)\]", expression)
    assert set(rates) <= {"$__rate_interval", "30m"}
    assert "rate(" not in expression or set(rates) == {"$__rate_interval"}


@EACH
def test_no_counter_is_shown_bare(expression: str) -> None:
    counters = [name for name, _ in SELECTOR.findall(expression) if name.endswith("_total")]
    changes = re.findall(r"\b(?:rate|increase)\((\w+_total)\{", expression)
    assert counters == changes


@EACH
def test_no_division_is_by_what_may_be_zero(expression: str) -> None:
    for divisor in re.findall(r" / (.*)", expression):
        assert re.match(r"\(.* > [0-9.]+\)", divisor)


def test_each_expression_is_one_to_prometheus(tmp_path: Path) -> None:
    need("promtool")
    rules = [
        {"record": f"expression:{number}", "expr": re.sub(r"\[\$__\w+\]", "[5m]", expression)}
        for number, expression in enumerate(EXPRESSIONS.values())
    ]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}), "utf-8")
    done = subprocess.run(["promtool", "check", "rules", file], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert f"{len(rules)} rules found".encode() in done.stdout


OK = {
    "fusebill_exporter_config_last_reload_successful": "",
    "fusebill_exporter_web_config_ok": "",
    "fusebill_exporter_job_file_ok": ',file="a.yaml"',
}


@pytest.mark.parametrize("bad", [None, *OK])
def test_the_configuration_is_in_order_only_where_all_that_belongs_to_it_is(
    tmp_path: Path, bad: str | None
) -> None:
    need("promtool")
    series = [
        {"series": f'{name}{{job="fusebill",instance="a"{more}}}', "values": str(int(name != bad))}
        for name, more in OK.items()
    ]
    (expression,) = (one for name, one in EXPRESSIONS.items() if "-Configuration-" in name)
    asked = {
        "expr": re.sub(r"\$\w+", ".+", expression),
        "eval_time": "0m",
        "exp_samples": [{"labels": "{}", "value": int(bad is None)}],
    }
    file = tmp_path / "case.yml"
    case = {"interval": "1m", "input_series": series, "promql_expr_test": [asked]}
    file.write_text(json.dumps({"tests": [case]}), "utf-8")
    done = subprocess.run(
        ["promtool", "test", "rules", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dashboard_has_no_query_outside_of_its_panels_and_variables() -> None:
    annotations = (DASHBOARD.get("annotations") or {}).get("list") or []
    assert [one for one in annotations if one.get("expr")] == []
