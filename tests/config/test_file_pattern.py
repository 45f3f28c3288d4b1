from pathlib import Path

import pytest

from exporter.config.job_files import JobFiles
from tests.config.job_folder import UNLISTED, JobFolder, jobs, opened, problems, shut


def test_an_absolute_pattern_is_taken_as_it_is(folder: JobFolder) -> None:
    folder.write("elsewhere/a.yaml", "[1]\n")
    assert JobFolder(folder.path / "here").ids(f"{folder.path}/elsewhere/*.yaml") == [1]


def test_a_pattern_may_be_relative_to_where_the_program_runs(
    folder: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.path)
    folder.write("a.yaml", "[1]\n")
    folder.write("jobs.d/b.yaml", "[2]\n")
    here = JobFolder(Path())
    assert here.ids("*.yaml", "jobs.d/*.yaml", "jobs.d/../a.yaml") == [1, 2]


def test_a_pattern_names_folders_and_files_but_goes_no_deeper(folder: JobFolder) -> None:
    for number, name in enumerate(("a.yaml", "x/b.yaml", "y/c.yaml", "x/y/d.yaml")):
        folder.write(name, f"[{number + 1}]\n")
    assert folder.ids("*/*.yaml") == [2, 3]
    assert folder.ids("**/*.yaml") == [2, 3]
    assert folder.ids("?/[c-d].yaml") == [3]
    assert folder.ids("*/y/*.yaml") == [4]


def test_hidden_files_match_a_pattern_that_begins_with_a_dot(folder: JobFolder) -> None:
    folder.write(".a.yaml", "[1]\n")
    assert folder.ids(".*.yaml") == [1]


def test_what_is_no_folder_holds_no_files(folder: JobFolder) -> None:
    folder.write("a", "[1]\n")
    assert folder.reread("a/*.yaml", "a/b.yaml", "b/*.yaml") == JobFiles(
        {folder.path / name: () for name in ("a/*.yaml", "a/b.yaml", "b/*.yaml")}
    )


def test_a_folder_whose_name_looks_like_a_pattern_is_itself(folder: JobFolder) -> None:
    odd = JobFolder(folder.path / "billing[live]")
    odd.write("jobs.d/a.yaml", "[1]\n")
    assert odd.ids("jobs.d/*.yaml") == [1]


def test_a_folder_that_cannot_be_listed_keeps_its_files_as_they_were(folder: JobFolder) -> None:
    folder.write("jobs.d/a.yaml", "[1, 2]\n")
    folder.write("jobs.d/b.yaml", "[x]\n")
    folder.write("other.d/c.yaml", "[3]\n")
    file = folder.write("other.d/d.yaml", "[4]\n")
    patterns = ("*.d/*.yaml", "jobs.d/*.yaml", "other.d/c.yaml")
    seen = folder.reread(*patterns)
    shut(folder.path / "jobs.d")
    file.unlink()
    after = folder.reread(*patterns, known=seen)
    assert jobs(after) == {"a.yaml": [1, 2], "b.yaml": [], "c.yaml": [3]}
    assert folder.ids(*patterns, known=seen) == [1, 2, 3]
    bad = problems(seen)["b.yaml"]
    expected = {"a.yaml": None, "b.yaml": bad, "c.yaml": None, "jobs.d": UNLISTED}
    assert problems(after) == expected


def test_a_folder_that_cannot_be_listed_at_a_start_is_shown_as_bad(folder: JobFolder) -> None:
    folder.write("jobs.d/a.yaml", "[1]\n")
    shut(folder.path / "jobs.d")
    seen = folder.reread("jobs.d/*.yaml")
    assert problems(seen) == {"jobs.d": UNLISTED}
    assert [str(error) for error in seen.errors()] == [f"{folder.path}/jobs.d: {UNLISTED}"]
    assert folder.ids("jobs.d/*.yaml", jobs=(5,)) == [5]


def test_a_folder_that_can_be_listed_again_is_followed_again(folder: JobFolder) -> None:
    folder.write("jobs.d/a.yaml", "[1]\n")
    file = folder.write("jobs.d/b.yaml", "[2]\n")
    seen = folder.reread("jobs.d/*.yaml")
    shut(folder.path / "jobs.d")
    shut_off = folder.reread("jobs.d/*.yaml", known=seen)
    opened(folder.path / "jobs.d")
    file.unlink()
    after = folder.reread("jobs.d/*.yaml", known=shut_off)
    assert (jobs(after), problems(after)) == ({"a.yaml": [1]}, {"a.yaml": None})


def test_a_pattern_that_is_itself_a_folder_that_cannot_be_listed_is_shown_once(
    folder: JobFolder,
) -> None:
    (folder.path / "jobs.d").mkdir()
    shut(folder.path / "jobs.d")
    assert len(folder.reread("jobs.d", "jobs.d/*.yaml").views()) == 1
