import os
from pathlib import Path

from structlog.testing import capture_logs

from exporter.config.job_files import JobFiles, log_changes, patterns_of, reread
from exporter.config.load import parse
from tests.config.job_folder import NOTHING, UNLISTED, JobFolder, problems, shut


def test_an_account_without_job_files_watches_its_jobs_in_their_order(folder: JobFolder) -> None:
    assert folder.ids(jobs=(3, 1, 2)) == [3, 1, 2]


def test_the_configuration_goes_first_then_the_files_by_pattern_and_name(folder: JobFolder) -> None:
    folder.write("jobs.d/b.yaml", "[20]\n")
    folder.write("jobs.d/a.yaml", "[12, 11]\n")
    folder.write("more.yaml", "[30]\n")
    assert folder.ids("more.yaml", "jobs.d/*.yaml", jobs=(1,)) == [1, 30, 12, 11, 20]


def test_only_files_that_match_a_pattern_are_read(folder: JobFolder) -> None:
    folder.write("jobs.d/a.yaml", "[1]\n")
    folder.write("jobs.d/a.yaml.bak", "no list\n")
    folder.write("jobs.d/.hidden.yaml", "no list\n")
    assert folder.ids("jobs.d/*.yaml") == [1]


def test_a_pattern_that_matches_nothing_is_no_error(folder: JobFolder) -> None:
    assert folder.ids("jobs.d/*.yaml", "later.yaml", jobs=(1,)) == [1]


def test_of_a_job_that_is_named_twice_the_first_counts(folder: JobFolder) -> None:
    folder.write("a.yaml", "- {id: 1, name: of the file}\n- {id: 2, name: of a}\n")
    folder.write("b.yaml", "- {id: 2, name: of b}\n- 3\n")
    account = folder.account("*.yaml", jobs=({"id": 1, "name": "of the account"},))
    watched = folder.reread("*.yaml").jobs_of(account)
    assert [(job.id, job.name) for job in watched] == [
        (1, "of the account"),
        (2, "of a"),
        (3, None),
    ]


def test_a_file_that_two_patterns_match_adds_its_jobs_once(folder: JobFolder) -> None:
    folder.write("a.yaml", "[1]\n")
    assert folder.ids("a.yaml", "*.yaml") == [1]


def test_two_accounts_may_share_a_file(folder: JobFolder) -> None:
    folder.write("a.yaml", "[1]\n")
    accounts = [{"name": name, "job_files": ["a.yaml"]} for name in ("live", "sandbox")]
    config = parse({"accounts": accounts}, folder.path / "config.yaml")
    seen = reread(patterns_of(config), NOTHING)
    assert [[job.id for job in seen.jobs_of(one)] for one in config.accounts] == [[1], [1]]
    assert len(seen.views()) == 1


def test_two_names_are_never_shown_as_one(folder: JobFolder) -> None:
    for name in (os.fsdecode(b"\xff.yaml"), "\\xff.yaml"):
        folder.write(name, "[1]\n")
    views = folder.reread("*.yaml").views()
    assert {Path(view.file).name for view in views} == {"\\xff.yaml", "\\\\xff.yaml"}


def test_a_name_that_is_no_text_can_be_shown(folder: JobFolder) -> None:
    name = os.fsdecode(b"\xff.yaml")
    folder.write(name, "[1]\n")
    (view,) = folder.reread("*.yaml").views()
    assert view.file == f"{folder.path}/\\xff.yaml"
    view.file.encode()


def told(before: JobFiles, after: JobFiles) -> list[tuple[str, str]]:
    with capture_logs() as logs:
        log_changes(before, after)
    return [(line["log_level"], line["event"]) for line in logs]


def test_a_file_is_told_of_when_it_turns_bad_and_when_it_is_good_again(folder: JobFolder) -> None:
    folder.write("a.yaml", "[1]\n")
    good = folder.reread("*.yaml")
    folder.write("a.yaml", "[x]\n", age=60.0)
    bad = folder.reread("*.yaml", known=good)
    assert told(NOTHING, good) == []
    assert told(good, bad) == [("warning", "job file is bad, using its last good list")]
    assert told(bad, bad) == []
    assert told(bad, good) == [("info", "job file is good again")]
    assert told(bad, NOTHING) == [("info", "bad job file is gone")]


def test_a_file_that_is_bad_at_a_start_is_told_of(folder: JobFolder) -> None:
    folder.write("a.yaml", "[x]\n")
    bad = [("warning", "job file is bad, using its last good list")]
    assert told(NOTHING, folder.reread("*.yaml")) == bad


def test_a_bad_file_that_goes_on_growing_is_told_of_once(folder: JobFolder) -> None:
    folder.write("a.yaml", "- x\n")
    bad = folder.reread("*.yaml")
    folder.write("a.yaml", "- x\n- y\n", age=60.0)
    worse = folder.reread("*.yaml", known=bad)
    assert problems(worse) != problems(bad)
    assert told(bad, worse) == []


def test_a_folder_is_told_of_when_it_cannot_be_listed_and_when_it_can_again(
    folder: JobFolder,
) -> None:
    folder.write("jobs.d/a.yaml", "[1, 2]\n")
    folder.write("b.yaml", "[3]\n")
    well = folder.reread("*.yaml", "jobs.d/*.yaml")
    shut(folder.path / "jobs.d")
    ill = folder.reread("*.yaml", "jobs.d/*.yaml", known=well)
    with capture_logs() as logs:
        log_changes(well, ill)
        log_changes(ill, folder.reread("*.yaml", "jobs.d/*.yaml", known=ill))
        log_changes(ill, well)
    name = str(folder.path / "jobs.d")
    assert logs == [
        {
            "log_level": "warning",
            "event": "folder of job files cannot be listed, keeping its known files",
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
