import os
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporter.config import Account, parse, parse_job_list
from exporter.document import LARGEST_FILE
from exporter.errors import ConfigError
from exporter.job_file import PAUSE, YOUNG
from exporter.job_files import JobFiles, look, patterns_of, tell

NOTHING = JobFiles()
EMPTY = "expected a list of jobs, but the file is empty; a list of none is []"

Step = Callable[[], object]


class Folder:
    """A folder of job files, and a clock; what is written is long settled unless said otherwise.

    Each pause does what `meanwhile` has next.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 1_700_000_000.0
        self.meanwhile: list[Step] = []
        self.pauses: list[float] = []

    def write(self, name: str, text: str, age: float = 3600.0) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        os.utime(file, (self.now - age, self.now - age))
        return file

    def account(self, *patterns: str, jobs: tuple[object, ...] = ()) -> Account:
        values = {"accounts": [{"jobs": list(jobs), "job_files": list(patterns)}]}
        return parse(values, self.path / "config.yaml").accounts[0]

    def look(self, *patterns: str, known: JobFiles = NOTHING) -> JobFiles:
        return look(self.account(*patterns).job_files, known, lambda: self.now, self._pause)

    def ids(
        self, *patterns: str, known: JobFiles = NOTHING, jobs: tuple[object, ...] = ()
    ) -> list[int]:
        seen = self.look(*patterns, known=known)
        return [job.id for job in seen.jobs_of(self.account(*patterns, jobs=jobs))]

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if self.meanwhile:
            self.meanwhile.pop(0)()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def problems(seen: JobFiles) -> dict[str, str | None]:
    return {Path(view.file).name: view.problem for view in seen.views()}


def jobs(seen: JobFiles) -> dict[str, list[int]]:
    return {Path(name).name: [job.id for job in file.jobs] for name, file in seen.files.items()}


def test_an_account_without_job_files_watches_its_jobs_in_their_order(folder: Folder) -> None:
    assert folder.ids(jobs=(3, 1, 2)) == [3, 1, 2]


def test_the_configuration_goes_first_then_the_files_by_pattern_and_name(folder: Folder) -> None:
    folder.write("jobs.d/b.yaml", "[20]\n")
    folder.write("jobs.d/a.yaml", "[12, 11]\n")
    folder.write("more.yaml", "[30]\n")
    assert folder.ids("more.yaml", "jobs.d/*.yaml", jobs=(1,)) == [1, 30, 12, 11, 20]


def test_only_files_that_match_a_pattern_are_read(folder: Folder) -> None:
    folder.write("jobs.d/a.yaml", "[1]\n")
    folder.write("jobs.d/a.yaml.bak", "no list\n")
    folder.write("jobs.d/.hidden.yaml", "no list\n")
    assert folder.ids("jobs.d/*.yaml") == [1]


def test_a_pattern_that_matches_nothing_is_no_error(folder: Folder) -> None:
    assert folder.ids("jobs.d/*.yaml", "later.yaml", jobs=(1,)) == [1]


def test_of_a_job_that_is_named_twice_the_first_counts(folder: Folder) -> None:
    folder.write("a.yaml", "- {id: 1, name: of the file}\n- {id: 2, name: of a}\n")
    folder.write("b.yaml", "- {id: 2, name: of b}\n- 3\n")
    account = folder.account("*.yaml", jobs=({"id": 1, "name": "of the account"},))
    watched = folder.look("*.yaml").jobs_of(account)
    assert [(job.id, job.name) for job in watched] == [
        (1, "of the account"),
        (2, "of a"),
        (3, None),
    ]


def test_a_file_that_two_patterns_match_adds_its_jobs_once(folder: Folder) -> None:
    folder.write("a.yaml", "[1]\n")
    assert folder.ids("a.yaml", "*.yaml") == [1]


def test_two_accounts_may_share_a_file(folder: Folder) -> None:
    folder.write("a.yaml", "[1]\n")
    accounts = [{"name": name, "job_files": ["a.yaml"]} for name in ("live", "sandbox")]
    config = parse({"accounts": accounts}, folder.path / "config.yaml")
    seen = look(patterns_of(config), NOTHING)
    assert [[job.id for job in seen.jobs_of(one)] for one in config.accounts] == [[1], [1]]
    assert len(seen.views()) == 1


def test_an_absolute_pattern_is_taken_as_it_is(folder: Folder) -> None:
    folder.write("elsewhere/a.yaml", "[1]\n")
    assert Folder(folder.path / "here").ids(f"{folder.path}/elsewhere/*.yaml") == [1]


def test_a_pattern_may_be_relative_to_where_the_program_runs(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.path)
    folder.write("a.yaml", "[1]\n")
    folder.write("jobs.d/b.yaml", "[2]\n")
    here = Folder(Path())
    assert here.ids("*.yaml", "jobs.d/*.yaml", "jobs.d/../a.yaml") == [1, 2]


def test_a_pattern_names_folders_and_files_but_goes_no_deeper(folder: Folder) -> None:
    for number, name in enumerate(("a.yaml", "x/b.yaml", "y/c.yaml", "x/y/d.yaml")):
        folder.write(name, f"[{number + 1}]\n")
    assert folder.ids("*/*.yaml") == [2, 3]
    assert folder.ids("**/*.yaml") == [2, 3]
    assert folder.ids("?/[c-d].yaml") == [3]
    assert folder.ids("*/y/*.yaml") == [4]


def test_hidden_files_match_a_pattern_that_begins_with_a_dot(folder: Folder) -> None:
    folder.write(".a.yaml", "[1]\n")
    assert folder.ids(".*.yaml") == [1]


def test_what_is_no_folder_holds_no_files(folder: Folder) -> None:
    folder.write("a", "[1]\n")
    assert folder.look("a/*.yaml", "a/b.yaml", "b/*.yaml") == JobFiles(
        {folder.path / name: () for name in ("a/*.yaml", "a/b.yaml", "b/*.yaml")}
    )


def test_a_folder_whose_name_looks_like_a_pattern_is_itself(folder: Folder) -> None:
    odd = Folder(folder.path / "billing[live]")
    odd.write("jobs.d/a.yaml", "[1]\n")
    assert odd.ids("jobs.d/*.yaml") == [1]


def test_what_has_not_changed_is_not_read_again(folder: Folder) -> None:
    file = folder.write("a.yaml", "[1]\n")
    seen = folder.look("*.yaml")
    before = file.stat()
    with file.open("r+", encoding="utf-8") as same_place:
        same_place.write("[2]\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert folder.look("*.yaml", known=seen) is seen


def test_what_has_changed_is_read_again(folder: Folder) -> None:
    folder.write("a.yaml", "[1]\n")
    seen = folder.look("*.yaml")
    folder.write("a.yaml", "[2]\n", age=60.0)
    folder.write("b.yaml", "[3]\n")
    assert folder.ids("*.yaml", known=seen) == [2, 3]


def test_two_changes_in_one_tick_of_the_clock_are_both_seen(folder: Folder) -> None:
    file = folder.write("a.yaml", "[1]\n", age=0.0)
    seen = folder.look("*.yaml")
    before = file.stat()
    with file.open("r+", encoding="utf-8") as same_place:
        same_place.write("[2]\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert folder.ids("*.yaml", known=seen) == [2]


def test_a_file_that_takes_the_place_of_another_is_read(folder: Folder) -> None:
    folder.write("a.yaml", "[1]\n")
    seen = folder.look("*.yaml")
    folder.write("a.new", "[2]\n").replace(folder.path / "a.yaml")
    assert folder.ids("*.yaml", known=seen) == [2]


def test_files_that_are_swapped_as_a_configmap_is_are_read(folder: Folder) -> None:
    for version, text in (("..v1", "[1]\n"), ("..v2", "[2]\n")):
        folder.write(f"{version}/jobs.yaml", text)
    data = folder.path / "..data"
    data.symlink_to("..v1")
    (folder.path / "jobs.yaml").symlink_to("..data/jobs.yaml")
    seen = folder.look("*.yaml")
    swapped = folder.path / "..data_tmp"
    swapped.symlink_to("..v2")
    swapped.replace(data)
    assert (jobs(seen), folder.ids("*.yaml", known=seen)) == ({"jobs.yaml": [1]}, [2])


def test_a_file_that_is_deleted_takes_its_jobs_along(folder: Folder) -> None:
    folder.write("a.yaml", "[1]\n")
    file = folder.write("b.yaml", "[2]\n")
    seen = folder.look("*.yaml")
    file.unlink()
    after = folder.look("*.yaml", known=seen)
    assert (jobs(after), problems(after)) == ({"a.yaml": [1]}, {"a.yaml": None})


def test_a_link_to_nothing_is_no_file(folder: Folder) -> None:
    (folder.path / "a.yaml").symlink_to("nowhere")
    assert folder.look("*.yaml").views() == ()


@pytest.mark.parametrize("age", [0.0, 60.0], ids=["just now", "a minute ago"])
def test_a_file_that_was_emptied_keeps_its_jobs_and_is_bad(folder: Folder, age: float) -> None:
    folder.write("a.yaml", "[1, 2]\n")
    seen = folder.look("*.yaml")
    folder.write("a.yaml", "", age=age)
    after = folder.look("*.yaml", known=seen)
    assert (jobs(after), problems(after)) == ({"a.yaml": [1, 2]}, {"a.yaml": EMPTY})


@pytest.mark.parametrize("age", [0.0, 60.0], ids=["just now", "a minute ago"])
def test_a_file_that_becomes_a_list_of_none_holds_no_jobs(folder: Folder, age: float) -> None:
    folder.write("a.yaml", "[1]\n")
    seen = folder.look("*.yaml")
    folder.write("a.yaml", "[]\n", age=age)
    after = folder.look("*.yaml", known=seen)
    assert (jobs(after), problems(after)) == ({"a.yaml": []}, {"a.yaml": None})


@pytest.mark.parametrize("age", [0.0, 60.0], ids=["just now", "a minute ago"])
def test_a_file_that_turns_bad_keeps_its_last_good_list(folder: Folder, age: float) -> None:
    folder.write("a.yaml", "[1, 2]\n")
    seen = folder.look("*.yaml")
    folder.write("a.yaml", "- 1\n- two\n", age=age)
    after = folder.look("*.yaml", known=seen)
    assert jobs(after) == {"a.yaml": [1, 2]}
    assert problems(after) == {"a.yaml": "[1]: expected a job id, or a mapping with an id"}


def test_a_file_that_was_bad_and_is_good_again_counts(folder: Folder) -> None:
    folder.write("a.yaml", "[x]\n")
    seen = folder.look("*.yaml")
    folder.write("a.yaml", "[1]\n", age=60.0)
    after = folder.look("*.yaml", known=seen)
    assert (jobs(seen), jobs(after)) == ({"a.yaml": []}, {"a.yaml": [1]})
    assert problems(after) == {"a.yaml": None}


def test_a_bad_file_costs_no_other_its_jobs(folder: Folder) -> None:
    folder.write("a.yaml", "[x]\n")
    folder.write("b.yaml", "[2]\n")
    assert folder.ids("*.yaml") == [2]
    assert [error.file.name for error in folder.look("*.yaml").errors()] == ["a.yaml"]


def shut(folder: Path) -> None:
    """Make a folder one that cannot be listed, for root neither."""
    folder.rename(folder.with_name("away"))
    folder.symlink_to("x" * 300)


def opened(folder: Path) -> None:
    folder.unlink()
    folder.with_name("away").rename(folder)


UNLISTED = "expected a folder that can be listed: File name too long"


def test_a_folder_that_cannot_be_listed_keeps_its_files_as_they_were(folder: Folder) -> None:
    folder.write("jobs.d/a.yaml", "[1, 2]\n")
    folder.write("jobs.d/b.yaml", "[x]\n")
    folder.write("other.d/c.yaml", "[3]\n")
    file = folder.write("other.d/d.yaml", "[4]\n")
    patterns = ("*.d/*.yaml", "jobs.d/*.yaml", "other.d/c.yaml")
    seen = folder.look(*patterns)
    shut(folder.path / "jobs.d")
    file.unlink()
    after = folder.look(*patterns, known=seen)
    assert jobs(after) == {"a.yaml": [1, 2], "b.yaml": [], "c.yaml": [3]}
    assert folder.ids(*patterns, known=seen) == [1, 2, 3]
    bad = problems(seen)["b.yaml"]
    expected = {"a.yaml": None, "b.yaml": bad, "c.yaml": None, "jobs.d": UNLISTED}
    assert problems(after) == expected


def test_a_folder_that_cannot_be_listed_at_a_start_is_shown_as_bad(folder: Folder) -> None:
    folder.write("jobs.d/a.yaml", "[1]\n")
    shut(folder.path / "jobs.d")
    seen = folder.look("jobs.d/*.yaml")
    assert problems(seen) == {"jobs.d": UNLISTED}
    assert [str(error) for error in seen.errors()] == [f"{folder.path}/jobs.d: {UNLISTED}"]
    assert folder.ids("jobs.d/*.yaml", jobs=(5,)) == [5]


def test_a_folder_that_can_be_listed_again_is_followed_again(folder: Folder) -> None:
    folder.write("jobs.d/a.yaml", "[1]\n")
    file = folder.write("jobs.d/b.yaml", "[2]\n")
    seen = folder.look("jobs.d/*.yaml")
    shut(folder.path / "jobs.d")
    shut_off = folder.look("jobs.d/*.yaml", known=seen)
    opened(folder.path / "jobs.d")
    file.unlink()
    after = folder.look("jobs.d/*.yaml", known=shut_off)
    assert (jobs(after), problems(after)) == ({"a.yaml": [1]}, {"a.yaml": None})


def test_a_pattern_that_is_itself_a_folder_that_cannot_be_listed_is_shown_once(
    folder: Folder,
) -> None:
    (folder.path / "jobs.d").mkdir()
    shut(folder.path / "jobs.d")
    assert len(folder.look("jobs.d", "jobs.d/*.yaml").views()) == 1


def test_a_file_that_the_system_cannot_look_at_is_bad_and_keeps_its_list(folder: Folder) -> None:
    file = folder.write("a.yaml", "[1]\n")
    folder.write("b.yaml", "[2]\n")
    seen = folder.look("*.yaml")
    file.unlink()
    file.symlink_to("x" * 300)
    after = folder.look("*.yaml", known=seen)
    assert jobs(after) == {"a.yaml": [1], "b.yaml": [2]}
    expected = "expected a readable file: File name too long"
    assert problems(after) == {"a.yaml": expected, "b.yaml": None}


def test_a_file_that_could_not_be_read_is_tried_again_though_it_is_the_same(
    folder: Folder,
) -> None:
    """What keeps the system from reading a file ends without a change of the file."""
    (folder.path / "b.yaml").symlink_to("jobs.d/a.yaml")
    folder.write("jobs.d/a.yaml", "[1]\n")
    good = folder.look("b.yaml")
    shut(folder.path / "jobs.d")
    bad = folder.look("b.yaml", known=good)
    opened(folder.path / "jobs.d")
    after = folder.look("b.yaml", known=bad)
    assert problems(bad) == {"b.yaml": "expected a readable file: File name too long"}
    assert (problems(after), jobs(after)) == ({"b.yaml": None}, {"b.yaml": [1]})


@pytest.mark.parametrize("age", [0.0, 60.0], ids=["just now", "a minute ago"])
def test_a_file_that_cannot_be_read_is_read_again_at_each_look(folder: Folder, age: float) -> None:
    """One that is too large is of the same kind: root can open any."""
    folder.write("a.yaml", "#" * (LARGEST_FILE + 1), age=age)
    seen = folder.look("*.yaml")
    (file,) = seen.files.values()
    assert (file.version, problems(seen)) == (None, {"a.yaml": "expected at most 4 MiB"})
    folder.write("a.yaml", "[1]\n", age=age)
    assert folder.ids("*.yaml", known=seen) == [1]


def test_a_young_bad_file_that_stands_still_is_parsed_once(folder: Folder) -> None:
    folder.write("a.yaml", "[x]\n", age=0.0)
    seen = folder.look("*.yaml")
    folder.write("b.yaml", "[1]\n")
    after = folder.look("*.yaml", known=seen)
    name = str(folder.path / "a.yaml")
    assert jobs(after) == {"a.yaml": [], "b.yaml": [1]}
    assert after.files[name].problems is seen.files[name].problems


def test_a_list_that_shrinks_counts_once_it_stands_still(folder: Folder) -> None:
    """A script that writes it anew, line by line and in place, has a valid list after each."""
    folder.write("a.yaml", "- 1\n- 2\n- 3\n")
    seen = folder.look("*.yaml")
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
    folder: Folder, age: float, pauses: list[float]
) -> None:
    folder.write("a.yaml", "[1]", age=age)
    assert (folder.ids("*.yaml"), folder.pauses) == ([1], pauses)


def test_many_files_that_are_being_written_are_waited_for_together(folder: Folder) -> None:
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
    folder: Folder, half: str, whole: str
) -> None:
    folder.write("a.yaml", half, age=0.1)
    folder.meanwhile = [lambda: folder.write("a.yaml", whole, age=0.0)]
    seen = folder.look("*.yaml")
    assert problems(seen) == {"a.yaml": None}
    assert jobs(seen) == {"a.yaml": [job.id for job in parse_job_list(whole.encode(), Path())]}


def test_a_file_that_is_written_on_and_on_is_as_it_was_before(folder: Folder) -> None:
    folder.write("a.yaml", "- 1\n")
    seen = folder.look("*.yaml")
    folder.write("a.yaml", "- 2", age=1.0)
    folder.meanwhile = [
        lambda text=text: folder.write("a.yaml", text, age=0.0)  # type: ignore[misc]
        for text in ("- 2\n- 3", "- 2\n- 3\n- 4", "- 2\n- 3\n- 4\n- 5", "- 2\n- 3\n- 4\n- 5\n- 6")
    ]
    assert jobs(folder.look("*.yaml", known=seen)) == {"a.yaml": [1]}
    assert jobs(folder.look("*.yaml", known=seen)) == {"a.yaml": [2, 3, 4, 5, 6]}


def test_a_file_whose_last_line_has_no_end_counts_all_the_same(folder: Folder) -> None:
    folder.write("a.yaml", "[1]", age=0.1)
    assert folder.ids("*.yaml") == [1]
    folder.now += YOUNG
    folder.pauses.clear()
    assert (folder.ids("*.yaml"), folder.pauses) == ([1], [])


def test_ten_thousand_lines_are_a_list_like_another(folder: Folder) -> None:
    folder.write("a.yaml", "".join(f"- {number}\n" for number in range(1, 10_001)))
    assert folder.ids("*.yaml") == list(range(1, 10_001))


def test_of_ten_thousand_bad_lines_some_are_told(folder: Folder) -> None:
    folder.write("a.yaml", "- x\n" * 10_000)
    seen = folder.look("*.yaml")
    (error,) = seen.errors()
    assert len(error.problems) == 10_000
    problem = problems(seen)["a.yaml"] or ""
    assert problem.startswith("[0]: expected a job id, or a mapping with an id; [1]: ")
    assert problem.endswith("; and 9,995 more")
    assert len(problem) < 400


def test_what_is_no_regular_file_is_bad(folder: Folder) -> None:
    (folder.path / "a.yaml").mkdir()
    os.mkfifo(folder.path / "b.yaml")
    expected = dict.fromkeys(("a.yaml", "b.yaml"), "expected a file")
    assert problems(folder.look("*.yaml")) == expected


def test_two_names_are_never_shown_as_one(folder: Folder) -> None:
    for name in (os.fsdecode(b"\xff.yaml"), "\\xff.yaml"):
        folder.write(name, "[1]\n")
    views = folder.look("*.yaml").views()
    assert {Path(view.file).name for view in views} == {"\\xff.yaml", "\\\\xff.yaml"}


def test_a_name_that_is_no_text_can_be_shown(folder: Folder) -> None:
    name = os.fsdecode(b"\xff.yaml")
    folder.write(name, "[1]\n")
    (view,) = folder.look("*.yaml").views()
    assert view.file == f"{folder.path}/\\xff.yaml"
    view.file.encode()


def told(before: JobFiles, after: JobFiles) -> list[tuple[str, str]]:
    with capture_logs() as logs:
        tell(before, after)
    return [(line["log_level"], line["event"]) for line in logs]


def test_a_file_is_told_of_when_it_turns_bad_and_when_it_is_good_again(folder: Folder) -> None:
    folder.write("a.yaml", "[1]\n")
    good = folder.look("*.yaml")
    folder.write("a.yaml", "[x]\n", age=60.0)
    bad = folder.look("*.yaml", known=good)
    assert told(NOTHING, good) == []
    assert told(good, bad) == [("warning", "job file is bad, the last good list is used")]
    assert told(bad, bad) == []
    assert told(bad, good) == [("info", "job file is good again")]
    assert told(bad, NOTHING) == [("info", "bad job file is gone")]


def test_a_file_that_is_bad_at_a_start_is_told_of(folder: Folder) -> None:
    folder.write("a.yaml", "[x]\n")
    bad = [("warning", "job file is bad, the last good list is used")]
    assert told(NOTHING, folder.look("*.yaml")) == bad


def test_a_bad_file_that_goes_on_growing_is_told_of_once(folder: Folder) -> None:
    folder.write("a.yaml", "- x\n")
    bad = folder.look("*.yaml")
    folder.write("a.yaml", "- x\n- y\n", age=60.0)
    worse = folder.look("*.yaml", known=bad)
    assert problems(worse) != problems(bad)
    assert told(bad, worse) == []


def test_a_folder_is_told_of_when_it_cannot_be_listed_and_when_it_can_again(
    folder: Folder,
) -> None:
    folder.write("jobs.d/a.yaml", "[1, 2]\n")
    folder.write("b.yaml", "[3]\n")
    well = folder.look("*.yaml", "jobs.d/*.yaml")
    shut(folder.path / "jobs.d")
    ill = folder.look("*.yaml", "jobs.d/*.yaml", known=well)
    with capture_logs() as logs:
        tell(well, ill)
        tell(ill, folder.look("*.yaml", "jobs.d/*.yaml", known=ill))
        tell(ill, well)
    name = str(folder.path / "jobs.d")
    assert logs == [
        {
            "log_level": "warning",
            "event": "folder of job files cannot be listed, its files stay as they were",
            "folder": name,
            "jobs": 2,
            "error": UNLISTED,
        },
        {
            "log_level": "info",
            "event": "folder of job files can be listed again",
            "folder": name,
        },
    ]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        pytest.param("# none yet\n", [], id="a file of comments holds none"),
        pytest.param("[]\n", [], id="an empty list holds none"),
        pytest.param("- 1\n- {id: 2, name: two}\n", [1, 2], id="ids and mappings"),
    ],
)
def test_a_job_file_is_a_list_of_jobs(text: str, ids: list[int]) -> None:
    assert [job.id for job in parse_job_list(text.encode(), Path("jobs.yaml"))] == ids


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", EMPTY, id="nothing"),
        pytest.param(" \n\n", EMPTY, id="empty lines"),
        pytest.param("jobs: [1]\n", "expected a list", id="a mapping"),
        pytest.param("5\n", "expected a list", id="a number"),
        pytest.param("- one\n", "[0]: expected a job id, or a mapping with an id", id="a word"),
        pytest.param("- 0\n", "[0].id: expected more than 0", id="an id of 0"),
        pytest.param(
            "- {id: 1, nmae: x}\n", "[0].nmae: unknown key, did you mean name?", id="unknown key"
        ),
        pytest.param(
            "- 1\n- id: 1\n", "[1].id: expected each job once, but [0] is the same", id="twice"
        ),
        pytest.param(
            "- {id: 1, id: 2}\n", "[0].id: expected once, but stands again in line 1", id="two ids"
        ),
        pytest.param(
            "- 0\n- x\n",
            "[0].id: expected more than 0; [1]: expected a job id, or a mapping with an id",
            id="every problem at once",
        ),
    ],
)
def test_a_job_file_that_is_wrong_is_refused_with_its_path(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_job_list(text.encode(), Path("jobs.yaml"))
    assert str(caught.value) == f"jobs.yaml: {message}"
