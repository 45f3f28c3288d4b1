"""Both dashboards over the demo, while it is scraped and after it has gone down."""

from collections.abc import Iterator

import pytest

from tests.e2e.meant_to_be_empty import NOW_OR_LAST_KNOWN, WHY, why_empty
from tests.e2e.tables import Row, rows
from tests.e2e.watched_demo import LOOKED_AT, WELL, Watched, id_of, watched_demo
from tests.grafana.asking import asked
from tests.grafana.committed import QUERIES, Query, panel_of
from tests.support.demo import jobs_of_demo

EACH = pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
UP_AND_DOWN = pytest.mark.parametrize("down", [False, True], ids=["up", "down"])
WAITS = [
    pytest.param(0.0, id="just now"),
    pytest.param(600.0, id="ten minutes ago", marks=pytest.mark.prove),
]
WRONG_FIRST = panel_of("Jobs, wrong first")


@pytest.fixture(scope="module", params=WAITS)
def watched(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    with watched_demo(tmp_path_factory.mktemp("demo"), request.param) as watched:
        yield watched


@UP_AND_DOWN
@EACH
def test_each_query_finds_something_or_is_meant_to_be_empty(
    watched: Watched, query: Query, *, down: bool
) -> None:
    if why_empty(query, down=down):
        assert not watched.finds(query, WELL, down=down)
    else:
        assert any(watched.finds(query, name, down=down) for name in LOOKED_AT)


@UP_AND_DOWN
def test_only_queries_that_there_are_are_meant_to_be_empty(*, down: bool) -> None:
    assert WHY[down].keys() <= {(query.title, query.ref) for query in QUERIES}


def ids_of(server_finds: list[Row]) -> set[str]:
    return {series["metric"]["job_id"] for series in server_finds}


def rows_of_all(watched: Watched, *, down: bool) -> list[Row]:
    return rows(watched.server, WRONG_FIRST, watched.down if down else watched.up)


@UP_AND_DOWN
def test_the_table_has_each_watched_job_once_and_by_its_name(
    watched: Watched, *, down: bool
) -> None:
    found = {(row["Account"], row["Job"]): row["Name"] for row in rows_of_all(watched, down=down)}
    assert len(rows_of_all(watched, down=down)) == len(found)
    assert found == jobs_of_demo()


def test_failed_unreadable_and_stalled_jobs_come_first(watched: Watched) -> None:
    wrong = (
        'fusebill_service_job_state{state="failed"} == 1',
        "fusebill_service_job_up == 0",
        "instance_account_job_id:fusebill_service_job_stalled:bool == 1",
    )
    failed, unreadable, stalled = (ids_of(watched.server.found(one, watched.up)) for one in wrong)
    ids = [row["Job"] for row in rows_of_all(watched, down=False)]
    assert failed
    assert unreadable
    assert stalled
    assert {*ids[: len(failed)]} == failed
    assert {*ids[: len(failed | unreadable | stalled)]} == failed | unreadable | stalled


WRONG, FINE, DONE = 0, 1, 2


def kind(row: Row) -> int:
    if "Note" in row or row["State"] in ("failed", "partial", "unknown", "unread"):
        return WRONG
    return DONE if row["State"] == "succeeded" else FINE


@UP_AND_DOWN
def test_what_is_wrong_comes_before_what_is_well_and_that_before_what_has_succeeded(
    watched: Watched, *, down: bool
) -> None:
    kinds = [kind(row) for row in rows_of_all(watched, down=down)]
    assert kinds == sorted(kinds)
    assert {*kinds} == {WRONG, FINE, DONE}


def test_what_is_down_leaves_each_job_its_state_and_says_that_none_is_scraped(
    watched: Watched,
) -> None:
    before, after = (rows_of_all(watched, down=down) for down in (False, True))
    shown = ("Account", "Job", "Name", "State")
    assert sorted([row[one] for one in shown] for row in after) == sorted(
        [row[one] for one in shown] for row in before
    )
    assert {row["Reason"] for row in after} == {"not scraped"}


@pytest.mark.parametrize("now", NOW_OR_LAST_KNOWN, ids=lambda query: query.name)
def test_what_is_down_leaves_its_last_figure(watched: Watched, now: Query) -> None:
    last_known = NOW_OR_LAST_KNOWN[now]
    (before,) = watched.server.found(asked(now.expr, job_id=id_of(WELL)), watched.up)
    (after,) = watched.server.found(asked(last_known.expr, job_id=id_of(WELL)), watched.down)
    assert after["value"][1] == before["value"][1]


def test_tiles_and_bars_have_a_last_figure() -> None:
    assert len(NOW_OR_LAST_KNOWN) > 6
