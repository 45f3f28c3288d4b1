"""What the columns of the table are sorted by."""

import pytest

from exporter.config.sections import WatchedJob
from exporter.jobs.snapshot import JobView
from exporter.web.page.columns import COLUMNS, natural
from exporter.web.page.row import row_of
from tests.support.snapshots import CREATED, READ, make_job, make_reading, make_view

FULL = make_view(WatchedJob(id=7, name="Push 7"), make_reading(make_job(type="Bulk")))
UNREAD = make_view(WatchedJob(id=8))


def values(view: JobView) -> dict[str, object]:
    return {name: one.value(row_of(view, not_read=False)) for name, one in COLUMNS.items()}


def test_each_column_is_sorted_by_what_it_shows() -> None:
    assert values(FULL) == {
        "job": natural("Push 7"),
        "id": 7,
        "account": natural("live"),
        "type": natural("Bulk"),
        "state": row_of(FULL, not_read=False).rank,
        "progress": 42.1,
        "done": 7,
        "failed": 1,
        "items": 19,
        "since": CREATED,
        "read": READ,
    }


def test_what_is_not_known_of_a_job_is_no_value() -> None:
    empty = [name for name, value in values(UNREAD).items() if value is None]
    assert empty == ["type", "progress", "done", "failed", "items", "since", "read"]


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(["push-9", "push-10", "push-010a"], id="numbers by their size"),
        pytest.param(["apple", "Banana", "cherry"], id="without regard to case"),
        pytest.param(["9", "10", "a"], id="digits before letters"),
        pytest.param(["", "a", "a1", "a1b", "aa"], id="what is shorter first"),
        pytest.param(["a1", "a\N{SUPERSCRIPT TWO}"], id="a raised digit is no digit"),
        pytest.param(["8" * 5_000, "9" * 5_000, "1" + "0" * 5_000], id="thousands of digits"),
    ],
)
def test_texts_are_sorted_as_people_do(texts: list[str]) -> None:
    shuffled = [*texts[1::2], *texts[::2]]
    assert sorted(shuffled, key=natural) == texts


def test_zeros_before_a_number_do_not_count() -> None:
    assert natural("push-007") == natural("push-7")
