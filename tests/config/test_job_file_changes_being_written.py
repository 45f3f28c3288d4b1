from pathlib import Path

import pytest

from exporter.config.job_file_changes import PAUSE, YOUNG
from exporter.config.load import parse_job_list
from tests.config.job_folder import JobFolder, jobs, problems


def test_a_list_that_shrinks_counts_once_it_stands_still(folder: JobFolder) -> None:
    """A script that rewrites a file in place, line by line, leaves a valid list after each line."""
    folder.write("a.yaml", "- 1\n- 2\n- 3\n")
    seen = folder.reread("*.yaml")
    folder.write("a.yaml", "- 1\n", age=0.0)
    folder.meanwhile = [
        lambda: folder.write("a.yaml", "- 1\n- 2\n", age=0.0),
        lambda: folder.write("a.yaml", "- 1\n- 2\n- 3\n", age=0.0),
    ]
    assert folder.ids("*.yaml", known=seen) == [1, 2, 3]
    folder.write("a.yaml", "- 1\n", age=0.0)
    folder.pauses.clear()
    assert (folder.ids("*.yaml", known=seen), folder.pauses) == ([1], [PAUSE])


@pytest.mark.parametrize(
    ("age", "pauses"),
    [
        pytest.param(YOUNG, [], id="2 s ago"),
        pytest.param(YOUNG - 0.01, [PAUSE], id="less than 2 s ago"),
        pytest.param(0.01 - YOUNG, [PAUSE], id="less than 2 s ahead"),
        pytest.param(-YOUNG, [], id="2 s ahead"),
    ],
)
def test_a_file_is_young_for_two_seconds_by_either_clock(
    folder: JobFolder, age: float, pauses: list[float]
) -> None:
    folder.write("a.yaml", "[1]", age=age)
    assert (folder.ids("*.yaml"), folder.pauses) == ([1], pauses)


def test_many_files_that_are_being_written_are_waited_for_together(folder: JobFolder) -> None:
    for number in range(1, 31):
        folder.write(f"{number:02}.yaml", f"[{number}]", age=0.0)
    assert (folder.ids("*.yaml"), folder.pauses) == (list(range(1, 31)), [PAUSE])


@pytest.mark.parametrize(
    ("half", "whole"),
    [
        pytest.param("- 26076", "- 2607617\n", id="in the middle of an id"),
        pytest.param("- 26\n- {id: 1, na", "- 26\n- {id: 1, name: x}\n", id="in a mapping"),
        pytest.param("", "- 2607617\n", id="before the first line"),
    ],
)
def test_a_file_that_is_being_written_counts_once_it_stands_still(
    folder: JobFolder, half: str, whole: str
) -> None:
    folder.write("a.yaml", half, age=0.1)
    folder.meanwhile = [lambda: folder.write("a.yaml", whole, age=0.0)]
    seen = folder.reread("*.yaml")
    assert problems(seen) == {"a.yaml": None}
    assert jobs(seen) == {"a.yaml": [job.id for job in parse_job_list(whole.encode(), Path())]}


def test_a_file_that_is_written_on_and_on_is_as_it_was_before(folder: JobFolder) -> None:
    folder.write("a.yaml", "- 1\n")
    seen = folder.reread("*.yaml")
    folder.write("a.yaml", "- 2", age=1.0)
    folder.meanwhile = [
        lambda text=text: folder.write("a.yaml", text, age=0.0)  # type: ignore[misc]
        for text in ("- 2\n- 3", "- 2\n- 3\n- 4", "- 2\n- 3\n- 4\n- 5", "- 2\n- 3\n- 4\n- 5\n- 6")
    ]
    assert jobs(folder.reread("*.yaml", known=seen)) == {"a.yaml": [1]}
    assert jobs(folder.reread("*.yaml", known=seen)) == {"a.yaml": [2, 3, 4, 5, 6]}


def test_a_file_whose_last_line_has_no_end_counts_all_the_same(folder: JobFolder) -> None:
    folder.write("a.yaml", "[1]", age=0.1)
    assert folder.ids("*.yaml") == [1]
    folder.now += YOUNG
    folder.pauses.clear()
    assert (folder.ids("*.yaml"), folder.pauses) == ([1], [])
