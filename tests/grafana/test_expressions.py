"""What the dashboards ask Prometheus: by the field's rules, and only for what there is."""

import json
import re
from pathlib import Path

import pytest

from exporter.exposition.metrics import FAMILIES
from tests.grafana.asking import asked
from tests.grafana.committed import DASHBOARDS, QUERIES, Query, variables
from tests.grafana.promtool import check
from tests.prometheus.shipped import RECORDED, promtool

EACH = pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
SELECTOR = re.compile(r'([a-zA-Z_:][\w:]*)\{((?:[^}"]|"[^"]*")*)\}')
CHOSEN = 'job=~"$job",instance=~"$instance"'
CHOSEN_OR_NONE = 'job=~"$job",instance=~"$instance|"'
LAST_STATE = "account_job_id_state:fusebill_service_job_end_confirmed:last"
ALERTS = ("ALERTS", "ALERTS_FOR_STATE")
FROM_ELSEWHERE = {"up", "process_resident_memory_bytes", *ALERTS}
OF_HISTOGRAM = ("_bucket", "_count", "_sum")


def families() -> set[str]:
    """Return the names of the series that there are."""
    names = {
        family.name + suffix
        for family in FAMILIES
        for suffix in (OF_HISTOGRAM if family.type == "histogram" else ("",))
    }
    return names | {*RECORDED} | FROM_ELSEWHERE


@EACH
def test_each_selector_is_of_the_chosen_exporters(query: Query) -> None:
    """Rules say of a job without an instance what they say, since two exporters may watch it."""
    selectors = SELECTOR.findall(query.expr)
    assert selectors
    for name, matchers in selectors:
        first = CHOSEN_OR_NONE if name in (*ALERTS, LAST_STATE) else CHOSEN
        assert f"{matchers},".startswith(f"{first},")


@EACH
def test_each_series_is_one_that_the_exporter_or_a_rule_has(query: Query) -> None:
    assert {name for name, _ in SELECTOR.findall(query.expr)} <= families()


@EACH
def test_nothing_is_asked_for_but_by_selectors(query: Query) -> None:
    """A name without braces would be of all exporters."""
    rest = re.sub(r'"[^"]*"', "", SELECTOR.sub("", query.expr))
    assert {*re.findall(r"[a-zA-Z_:][\w:]*", rest)} & families() == set()


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_each_variable_looks_up_series_that_the_exporter_has(uid: str) -> None:
    for variable in variables(uid).values():
        if variable["type"] == "query":
            assert {name for name, _ in SELECTOR.findall(variable["query"])} <= families()


@EACH
def test_a_rate_is_over_an_interval_that_grafana_makes_long_enough(query: Query) -> None:
    rates = re.findall(r"\b(?:rate|irate|deriv)\((?:[^\[]*)\[([^\]]+)\]", query.expr)
    assert set(rates) <= {"$__rate_interval", "30m"}
    assert "rate(" not in query.expr or set(rates) == {"$__rate_interval"}


@EACH
def test_no_counter_is_shown_bare(query: Query) -> None:
    counters = [name for name, _ in SELECTOR.findall(query.expr) if name.endswith("_total")]
    changes = re.findall(r"\b(?:rate|increase)\((\w+_total)\{", query.expr)
    assert counters == changes


def divisor(text: str) -> str:
    """Return the number, or what stands in the parenthesis, with which a text begins."""
    depth = 0
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0 and text[0] == "(":
            return text[1:place]
    return text.partition(" ")[0].rstrip(")")


@EACH
def test_no_division_is_by_what_may_be_zero(query: Query) -> None:
    for operator in re.finditer(r" / (?:on \([^)]*\) )?", query.expr):
        by = divisor(query.expr[operator.end() :])
        assert re.search(r" > [0-9.]+$|^[1-9][0-9.]*$", by)


def test_each_expression_is_one_to_prometheus(tmp_path: Path) -> None:
    rules = [
        {"record": f"expression:{number}", "expr": asked(query.expr)}
        for number, query in enumerate(QUERIES)
    ]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}), "utf-8")
    done = promtool("check", "rules", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{len(rules)} rules found" in done.stdout


OK = {
    "fusebill_exporter_config_last_reload_successful": "",
    "fusebill_exporter_web_config_ok": "",
    "fusebill_exporter_job_file_ok": ',file="a.yaml"',
}


@pytest.mark.parametrize("bad", [None, *OK])
def test_the_configuration_is_in_order_only_where_all_that_belongs_to_it_is(
    tmp_path: Path, bad: str | None
) -> None:
    series = {
        f'{name}{{job="fusebill",instance="a"{more}}}': str(int(name != bad))
        for name, more in OK.items()
    }
    (query,) = (query for query in QUERIES if "fusebill_exporter_web_config_ok" in query.expr)
    check(tmp_path, series, {f"min({asked(query.expr)})": {"{}": int(bad is None)}}, 0)
