"""`demo`: the program over simulated APIs."""

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse_text

from tests.cli.conftest import LONG
from tests.support.program import LOOPBACK, Program, started

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    with started("demo", "--jobs=40", "--seed=3", LOOPBACK) as program:
        yield program


def series(program: Program, name: str, account: str | None = None) -> dict[str, float]:
    """Return the values of a metric by its last label, of one account or all."""
    families = parse_text(program.ask("/metrics", LONG).text)
    return {
        list(sample.labels.values())[-1]: sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and account in (None, sample.labels["account"])
    }


def test_the_demo_needs_nothing_and_shows_several_states_at_once(program: Program) -> None:
    counts = series(program, "fusebill_jobs", "demo")
    assert sum(counts.values()) == 35
    assert {state for state, count in counts.items() if count} == counts.keys()
    assert counts["running"] >= 5


def test_the_api_of_the_demo_is_up(program: Program) -> None:
    assert series(program, "fusebill_up", "demo") == {"demo": 1}


def test_an_account_of_the_demo_stands_for_each_cause_that_stops_reads(program: Program) -> None:
    families = parse_text(program.ask("/metrics", LONG).text)
    blocked = next(one for one in families if one.name == "fusebill_api_blocked")
    assert {
        sample.labels["account"]: sample.labels["cause"]
        for sample in blocked.samples
        if sample.value
    } == {
        "key-refused": "key",
        "unreachable": "unreachable",
        "rate-limited": "rate_limited",
        "share-spent": "share",
        "reserve-reached": "reserve",
    }


def test_the_jobs_of_the_demo_have_names_and_teams(program: Program) -> None:
    families = parse_text(program.ask("/metrics", LONG).text)
    info = next(one for one in families if one.name == "fusebill_service_job_info")
    assert len({sample.labels["job_name"] for sample in info.samples}) == 40
    assert {sample.labels["team"] for sample in info.samples} == {"billing", "pricing", "support"}
    assert len({sample.labels["job_type"] for sample in info.samples}) >= 2


def test_the_page_of_the_demo_shows_its_jobs(program: Program) -> None:
    assert program.ask("/").text.count("price-push") >= 5


def test_a_demo_ends_like_any_exporter() -> None:
    with started("demo", "--jobs=1", "--speed=1000", LOOPBACK) as program:
        assert program.ask("/-/ready").status == 200
        assert program.end() == 0
