import os

import pytest

from exporter.config.yaml_file import LARGEST_FILE
from tests.config.job_folder import EMPTY, JobFolder, jobs, opened, problems, shut


def test_what_has_not_changed_is_not_read_again(folder: JobFolder) -> None:
    file = folder.write("a.yaml", "[1]\n")
    seen = folder.reread("*.yaml")
    before = file.stat()
    with file.open("r+", encoding="utf-8") as same_place:
        same_place.write("[2]\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert folder.reread("*.yaml", known=seen) is seen


def test_what_has_changed_is_read_again(folder: JobFolder) -> None:
    folder.write("a.yaml", "[1]\n")
    seen = folder.reread("*.yaml")
    folder.write("a.yaml", "[2]\n", age=60.0)
    folder.write("b.yaml", "[3]\n")
    assert folder.ids("*.yaml", known=seen) == [2, 3]


def test_two_changes_in_one_tick_of_the_clock_are_both_seen(folder: JobFolder) -> None:
    file = folder.write("a.yaml", "[1]\n", age=0.0)
    seen = folder.reread("*.yaml")
    before = file.stat()
    with file.open("r+", encoding="utf-8") as same_place:
        same_place.write("[2]\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert folder.ids("*.yaml", known=seen) == [2]


def test_a_file_that_takes_the_place_of_another_is_read(folder: JobFolder) -> None:
    folder.write("a.yaml", "[1]\n")
    seen = folder.reread("*.yaml")
    folder.write("a.new", "[2]\n").replace(folder.path / "a.yaml")
    assert folder.ids("*.yaml", known=seen) == [2]


def test_files_that_are_swapped_as_a_configmap_is_are_read(folder: JobFolder) -> None:
    for version, text in (("..v1", "[1]\n"), ("..v2", "[2]\n")):
        folder.write(f"{version}/jobs.yaml", text)
    data = folder.path / "..data"
    data.symlink_to("..v1")
    (folder.path / "jobs.yaml").symlink_to("..data/jobs.yaml")
    seen = folder.reread("*.yaml")
    swapped = folder.path / "..data_tmp"
    swapped.symlink_to("..v2")
    swapped.replace(data)
    assert (jobs(seen), folder.ids("*.yaml", known=seen)) == ({"jobs.yaml": [1]}, [2])


def test_a_file_that_is_deleted_takes_its_jobs_along(folder: JobFolder) -> None:
    folder.write("a.yaml", "[1]\n")
    file = folder.write("b.yaml", "[2]\n")
    seen = folder.reread("*.yaml")
    file.unlink()
    after = folder.reread("*.yaml", known=seen)
    assert (jobs(after), problems(after)) == ({"a.yaml": [1]}, {"a.yaml": None})


def test_a_link_to_nothing_is_no_file(folder: JobFolder) -> None:
    (folder.path / "a.yaml").symlink_to("nowhere")
    assert folder.reread("*.yaml").views() == ()


@pytest.mark.parametrize("age", [0.0, 60.0], ids=["just now", "a minute ago"])
def test_a_file_that_was_emptied_keeps_its_jobs_and_is_bad(folder: JobFolder, age: float) -> None:
    folder.write("a.yaml", "[1, 2]\n")
    seen = folder.reread("*.yaml")
    folder.write("a.yaml", "", age=age)
    after = folder.reread("*.yaml", known=seen)
    assert (jobs(after), problems(after)) == ({"a.yaml": [1, 2]}, {"a.yaml": EMPTY})


@pytest.mark.parametrize("age", [0.0, 60.0], ids=["just now", "a minute ago"])
def test_a_file_that_becomes_a_list_of_none_holds_no_jobs(folder: JobFolder, age: float) -> None:
    folder.write("a.yaml", "[1]\n")
    seen = folder.reread("*.yaml")
    folder.write("a.yaml", "[]\n", age=age)
    after = folder.reread("*.yaml", known=seen)
    assert (jobs(after), problems(after)) == ({"a.yaml": []}, {"a.yaml": None})


@pytest.mark.parametrize("age", [0.0, 60.0], ids=["just now", "a minute ago"])
def test_a_file_that_turns_bad_keeps_its_last_good_list(folder: JobFolder, age: float) -> None:
    folder.write("a.yaml", "[1, 2]\n")
    seen = folder.reread("*.yaml")
    folder.write("a.yaml", "- 1\n- two\n", age=age)
    after = folder.reread("*.yaml", known=seen)
    assert jobs(after) == {"a.yaml": [1, 2]}
    assert problems(after) == {"a.yaml": "[1]: expected a job id, or a mapping with an id"}


def test_a_file_that_was_bad_and_is_good_again_counts(folder: JobFolder) -> None:
    folder.write("a.yaml", "[x]\n")
    seen = folder.reread("*.yaml")
    folder.write("a.yaml", "[1]\n", age=60.0)
    after = folder.reread("*.yaml", known=seen)
    assert (jobs(seen), jobs(after)) == ({"a.yaml": []}, {"a.yaml": [1]})
    assert problems(after) == {"a.yaml": None}


def test_a_bad_file_costs_no_other_its_jobs(folder: JobFolder) -> None:
    folder.write("a.yaml", "[x]\n")
    folder.write("b.yaml", "[2]\n")
    assert folder.ids("*.yaml") == [2]
    assert [error.file.name for error in folder.reread("*.yaml").errors()] == ["a.yaml"]


def test_a_file_that_the_system_cannot_look_at_is_bad_and_keeps_its_list(folder: JobFolder) -> None:
    file = folder.write("a.yaml", "[1]\n")
    folder.write("b.yaml", "[2]\n")
    seen = folder.reread("*.yaml")
    file.unlink()
    file.symlink_to("x" * 300)
    after = folder.reread("*.yaml", known=seen)
    assert jobs(after) == {"a.yaml": [1], "b.yaml": [2]}
    expected = "expected a readable file: File name too long"
    assert problems(after) == {"a.yaml": expected, "b.yaml": None}


def test_a_file_that_could_not_be_read_is_tried_again_though_it_is_the_same(
    folder: JobFolder,
) -> None:
    """The cause, such as a permission, may end without a change of the file."""
    (folder.path / "b.yaml").symlink_to("jobs.d/a.yaml")
    folder.write("jobs.d/a.yaml", "[1]\n")
    good = folder.reread("b.yaml")
    shut(folder.path / "jobs.d")
    bad = folder.reread("b.yaml", known=good)
    opened(folder.path / "jobs.d")
    after = folder.reread("b.yaml", known=bad)
    assert problems(bad) == {"b.yaml": "expected a readable file: File name too long"}
    assert (problems(after), jobs(after)) == ({"b.yaml": None}, {"b.yaml": [1]})


@pytest.mark.parametrize("age", [0.0, 60.0], ids=["just now", "a minute ago"])
def test_a_file_that_cannot_be_read_is_read_again_at_each_look(
    folder: JobFolder, age: float
) -> None:
    """The test takes a file that is too large, because root can read any other."""
    folder.write("a.yaml", "#" * (LARGEST_FILE + 1), age=age)
    seen = folder.reread("*.yaml")
    (file,) = seen.files.values()
    assert (file.version, problems(seen)) == (None, {"a.yaml": "expected at most 4 MiB"})
    folder.write("a.yaml", "[1]\n", age=age)
    assert folder.ids("*.yaml", known=seen) == [1]


def test_a_young_bad_file_that_stands_still_is_parsed_once(folder: JobFolder) -> None:
    folder.write("a.yaml", "[x]\n", age=0.0)
    seen = folder.reread("*.yaml")
    folder.write("b.yaml", "[1]\n")
    after = folder.reread("*.yaml", known=seen)
    name = str(folder.path / "a.yaml")
    assert jobs(after) == {"a.yaml": [], "b.yaml": [1]}
    assert after.files[name].problems is seen.files[name].problems


def test_ten_thousand_lines_are_a_list_like_another(folder: JobFolder) -> None:
    folder.write("a.yaml", "".join(f"- {number}\n" for number in range(1, 10_001)))
    assert folder.ids("*.yaml") == list(range(1, 10_001))


def test_of_ten_thousand_bad_lines_some_are_told(folder: JobFolder) -> None:
    folder.write("a.yaml", "- x\n" * 10_000)
    seen = folder.reread("*.yaml")
    (error,) = seen.errors()
    assert len(error.problems) == 10_000
    problem = problems(seen)["a.yaml"] or ""
    assert problem.startswith("[0]: expected a job id, or a mapping with an id; [1]: ")
    assert problem.endswith("; and 9,995 more")
    assert len(problem) < 400


def test_what_is_no_regular_file_is_bad(folder: JobFolder) -> None:
    (folder.path / "a.yaml").mkdir()
    os.mkfifo(folder.path / "b.yaml")
    expected = dict.fromkeys(("a.yaml", "b.yaml"), "expected a regular file")
    assert problems(folder.reread("*.yaml")) == expected


def test_a_number_that_would_take_minutes_to_build_is_bad_and_its_correction_is_seen(
    folder: JobFolder,
) -> None:
    folder.write("a.yaml", f'- !!int "{"1:" * 1_000_000}1"\n', age=60)
    seen = folder.reread("*.yaml")
    expected = "expected YAML, but line 1, column 3: found a tag (!) that does not fit"
    assert problems(seen) == {"a.yaml": expected}
    folder.write("a.yaml", "- 1\n", age=30)
    assert folder.ids("*.yaml", known=seen) == [1]
