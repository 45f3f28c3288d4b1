"""What the dashboards know of the demo ten minutes after it went down, in promtool's own time."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse_text

from tests.e2e.meant_to_be_empty import why_empty
from tests.e2e.watched_demo import LOOKED_AT, WELL, id_of
from tests.grafana.asking import HOURS, asked
from tests.grafana.committed import QUERIES, Query
from tests.prometheus.shipped import FILE, promtool
from tests.support.program import LOOPBACK, started

UP, DOWN = 10, 11
"""Minutes for which the demo is scraped, and for which it cannot be: the first scrape that fails is
a minute after the last good one.
"""

TARGET = {"job": "fusebill", "instance": "demo:10423"}


def written(name: str, labels: dict[str, str]) -> str:
    pairs = (f"{label}={json.dumps(value)}" for label, value in (labels | TARGET).items())
    return f"{name}{{{','.join(pairs)}}}"


def series(exposition: str, now: float) -> Iterator[dict[str, str]]:
    """Yield the demo's series, for promtool, whose time begins at 0.

    Values stay as they are, but counts, in proportion, and the progress of jobs grow.
    """
    yield {"series": written("up", {}), "values": f"1x{UP} 0x{DOWN}"}
    for family in parse_text(exposition):
        shift = now if family.name.endswith("_timestamp_seconds") else 0.0
        for sample in family.samples:
            value, step = sample.value - shift, 0.0
            if family.type in ("counter", "histogram"):
                step = value
            elif family.name == "fusebill_service_job_percent_complete":
                step = 0.1
            values = f"{value!r}+{step!r}x{UP} stale"
            yield {"series": written(sample.name, sample.labels), "values": values}


def question(query: Query) -> dict[str, object]:
    """Return the question whether a query finds anything: 1, or nothing where it is empty.

    A chart still shows the time before: it is looked at in the last minute of it.
    """
    empty = bool(why_empty(query, down=True))
    names = (WELL,) if empty else LOOKED_AT
    counts = (f"count({at_time_0(query.expr, id_of(name))}) > bool 0" for name in names)
    return {
        "expr": f"max({' or '.join(counts)})",
        "eval_time": f"{UP + DOWN if query.instant else UP}m",
        "exp_samples": [] if empty else [{"labels": "{}", "value": 1}],
    }


def at_time_0(expression: str, job_id: str) -> str:
    """Return an expression as Grafana sends it if it is opened when promtool's time begins."""
    since = {"__from:date:seconds": f"{-HOURS * 3600}"}
    return asked(expression, job_id=job_id, __rate_interval="4m", **since)


@pytest.fixture(scope="module")
def demo() -> list[dict[str, str]]:
    with started("demo", LOOPBACK) as program:
        return list(series(program.ask("/metrics").text, time.time()))


def wrong(
    folder: Path, demo: list[dict[str, str]], questions: dict[str, dict[str, object]]
) -> list[str]:
    """Return the names of the questions that promtool answers in another way."""
    case = {"interval": "1m", "input_series": demo, "promql_expr_test": [*questions.values()]}
    file = folder / "case.json"
    file.write_text(json.dumps({"rule_files": [str(FILE)], "tests": [case]}), encoding="utf-8")
    done = promtool("test", "rules", file)
    said = done.stdout + done.stderr
    found = [
        name
        for name, one in questions.items()
        if f"expr: {json.dumps(one['expr'])}, time: {one['eval_time']}," in said
    ]
    assert bool(found) == bool(done.returncode), said
    return found


def test_each_query_still_finds_something_or_is_meant_to_be_empty(
    tmp_path: Path, demo: list[dict[str, str]]
) -> None:
    assert wrong(tmp_path, demo, {query.name: question(query) for query in QUERIES}) == []


def test_by_then_the_exporter_is_told_to_be_down(
    tmp_path: Path, demo: list[dict[str, str]]
) -> None:
    firing = 'count(ALERTS{alertname="FusebillExporterDown",alertstate="firing"})'
    before = {"expr": firing, "eval_time": f"{UP + DOWN - 1}m", "exp_samples": []}
    told = [{"labels": "{}", "value": 1}]
    by_then = {"expr": firing, "eval_time": f"{UP + DOWN}m", "exp_samples": told}
    assert wrong(tmp_path, demo, {"before": before, "by then": by_then}) == []
