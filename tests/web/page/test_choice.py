"""The choice that an address holds, and the links to other choices."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from exporter.web.page.choice import ALL, LONGEST_FIND, Choice, choice_of
from exporter.web.page.columns import COLUMNS
from exporter.web.page.job_kinds import KINDS


def parsed(link: str) -> Choice:
    return choice_of(QueryParams(link.removeprefix("?").removesuffix("#jobs")))


@pytest.mark.parametrize(
    ("query", "choice"),
    [
        pytest.param("", ALL, id="nothing"),
        pytest.param("state=&find=&sort=&page=&open=", ALL, id="an empty form"),
        pytest.param("state=not-read", Choice(state="not-read"), id="a kind"),
        pytest.param("find=+price%20push+", Choice(find="price push"), id="words"),
        pytest.param("sort=-items", Choice(sort="items", descending=True), id="an order"),
        pytest.param("find=" + "x" * 100, Choice(find="x" * 100), id="the longest words"),
        pytest.param("page=12", Choice(page=12), id="a page"),
        pytest.param("open=7%2Flive", Choice(opened="7/live"), id="a job"),
        pytest.param("token=7&theme=dark", ALL, id="what others have put there"),
    ],
)
def test_a_query_is_a_choice(query: str, choice: Choice) -> None:
    assert choice_of(QueryParams(query)) == choice


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("state=fialed", "state: expected one of failed, partial,", id="no kind"),
        pytest.param("sort=size", "sort: expected one of job, id, account", id="no column"),
        pytest.param("sort=--id", "sort: expected one of job, id, account", id="two signs"),
        pytest.param("open=nonsense", "open: expected the id of a job, a slash", id="no job"),
        pytest.param("open=7%2F" + "x" * 41, "open: expected the id of a job", id="a long job"),
        pytest.param("page=0", "page: expected the number of a page", id="page 0"),
        pytest.param("page=1.5", "page: expected the number of a page", id="half a page"),
        pytest.param("page=%C2%B2", "page: expected the number of a page", id="a raised digit"),
        pytest.param(f"page={10**9}", "page: expected the number of a page", id="a huge page"),
        pytest.param("find=" + "x" * 101, "find: expected at most 100 characters", id="a novel"),
    ],
)
def test_a_query_that_the_page_does_not_know_is_refused(query: str, expected: str) -> None:
    with pytest.raises(ValueError, match=f"^{expected}"):
        choice_of(QueryParams(query))


JOB_TEXT = st.characters(exclude_characters="\n", codec="utf-8")

ACCOUNTS = st.text(JOB_TEXT, min_size=1, max_size=40)

CHOICES = st.builds(
    Choice,
    state=st.sampled_from(["", *KINDS]),
    find=st.text(st.characters(codec="utf-8"), max_size=LONGEST_FIND).map(str.strip),
    sort=st.sampled_from(list(COLUMNS)),
    descending=st.booleans(),
    page=st.integers(1, 999_999),
    opened=st.builds(
        "{}/{}".format, st.integers(1, 2**63), st.text(JOB_TEXT, min_size=1, max_size=40)
    ),
)


@given(CHOICES)
def test_a_link_leads_to_its_choice(choice: Choice) -> None:
    assert parsed(choice.link()) == choice


def test_the_link_to_everything_has_no_parameters() -> None:
    assert ALL.link() == "?#jobs"


def test_another_kind_begins_at_its_first_page_and_keeps_search_and_order() -> None:
    chosen = Choice("failed", "push", "items", descending=True, page=3, opened="7/live")
    assert unquote(chosen.of_state("running").link()) == "?state=running&find=push&sort=-items#jobs"


def test_another_page_and_another_order_begin_anew() -> None:
    chosen = Choice("failed", page=3, opened="7/live")
    assert chosen.on_page(4) == Choice("failed", page=4)
    assert chosen.sorted_by("id") == Choice("failed", sort="id", opened="7/live")


def test_a_column_is_sorted_by_and_then_turned_round() -> None:
    by_id = ALL.sorted_by("id")
    assert [by_id.order, by_id.sorted_by("id").order] == ["id", "-id"]
    numbers = ["progress", "done", "failed", "items"]
    assert [name for name in COLUMNS if ALL.sorted_by(name).order == f"-{name}"] == sorted(
        [*numbers, "state"], key=list(COLUMNS).index
    ), "people look for the largest"
