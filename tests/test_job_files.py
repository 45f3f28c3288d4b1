from pathlib import Path

import pytest

from exporter.config import Account, load_job_file, parse
from exporter.errors import ConfigError
from exporter.job_files import watched_jobs


def account(folder: Path, *patterns: str, jobs: tuple[object, ...] = ()) -> Account:
    """Return the account of a configuration in `folder`."""
    values = {"accounts": [{"jobs": list(jobs), "job_files": list(patterns)}]}
    return parse(values, folder / "config.yaml").accounts[0]


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def ids(account: Account) -> list[int]:
    return [job.id for job in watched_jobs(account)]


def test_an_account_without_job_files_watches_its_jobs_in_their_order(tmp_path: Path) -> None:
    assert ids(account(tmp_path, jobs=(3, 1, 2))) == [3, 1, 2]


def test_an_account_without_jobs_watches_none(tmp_path: Path) -> None:
    assert watched_jobs(account(tmp_path)) == ()


def test_the_configuration_goes_first_then_the_files_by_pattern_and_name(tmp_path: Path) -> None:
    write(tmp_path / "jobs.d/b.yaml", "[20]\n")
    write(tmp_path / "jobs.d/a.yaml", "[12, 11]\n")
    write(tmp_path / "more.yaml", "[30]\n")
    assert ids(account(tmp_path, "more.yaml", "jobs.d/*.yaml", jobs=(1,))) == [1, 30, 12, 11, 20]


def test_only_files_that_match_a_pattern_are_read(tmp_path: Path) -> None:
    write(tmp_path / "jobs.d/a.yaml", "[1]\n")
    write(tmp_path / "jobs.d/a.yaml.bak", "no list\n")
    write(tmp_path / "jobs.d/.hidden.yaml", "no list\n")
    assert ids(account(tmp_path, "jobs.d/*.yaml")) == [1]


def test_a_pattern_that_matches_nothing_is_no_error(tmp_path: Path) -> None:
    assert ids(account(tmp_path, "jobs.d/*.yaml", "later.yaml", jobs=(1,))) == [1]


def test_an_empty_file_watches_nothing(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "")
    assert ids(account(tmp_path, "a.yaml", jobs=(1,))) == [1]


def test_of_a_job_that_is_named_twice_the_first_counts(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "- {id: 1, name: of the file}\n- {id: 2, name: of a}\n")
    write(tmp_path / "b.yaml", "- {id: 2, name: of b}\n- 3\n")
    jobs = watched_jobs(account(tmp_path, "*.yaml", jobs=({"id": 1, "name": "of the account"},)))
    assert [(job.id, job.name) for job in jobs] == [(1, "of the account"), (2, "of a"), (3, None)]


def test_a_file_that_two_patterns_match_adds_its_jobs_once(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "[1]\n")
    assert ids(account(tmp_path, "a.yaml", "*.yaml")) == [1]


def test_files_are_read_anew_each_time(tmp_path: Path) -> None:
    watching = account(tmp_path, "*.yaml")
    write(tmp_path / "a.yaml", "[1]\n")
    assert ids(watching) == [1]
    write(tmp_path / "a.yaml", "[2]\n")
    write(tmp_path / "b.yaml", "[3]\n")
    assert ids(watching) == [2, 3]


def test_an_absolute_pattern_is_taken_as_it_is(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere/a.yaml", "[1]\n")
    assert ids(account(tmp_path / "here", f"{tmp_path}/elsewhere/*.yaml")) == [1]


def test_a_folder_whose_name_looks_like_a_pattern_is_itself(tmp_path: Path) -> None:
    folder = tmp_path / "billing[live]"
    write(folder / "jobs.d/a.yaml", "[1]\n")
    assert ids(account(folder, "jobs.d/*.yaml")) == [1]


def test_a_file_that_is_no_list_of_jobs_is_refused_by_its_name(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "[1]\n")
    write(tmp_path / "b.yaml", "[x]\n")
    with pytest.raises(ConfigError) as caught:
        watched_jobs(account(tmp_path, "*.yaml"))
    assert str(caught.value) == (
        f"{tmp_path / 'b.yaml'}: [0]: expected a job id, or a mapping with an id"
    )


def test_a_folder_that_matches_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(ConfigError) as caught:
        watched_jobs(account(tmp_path, "*.yaml"))
    assert str(caught.value) == (
        f"{tmp_path / 'a.yaml'}: expected a readable YAML file: Is a directory"
    )


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        pytest.param("", [], id="an empty file holds none"),
        pytest.param("# none yet\n", [], id="a file of comments holds none"),
        pytest.param("[]\n", [], id="an empty list holds none"),
        pytest.param("- 1\n- {id: 2, name: two}\n", [1, 2], id="ids and mappings"),
    ],
)
def test_a_job_file_is_a_list_of_jobs(tmp_path: Path, text: str, ids: list[int]) -> None:
    file = tmp_path / "jobs.yaml"
    file.write_text(text, encoding="utf-8")
    assert [job.id for job in load_job_file(file)] == ids


@pytest.mark.parametrize(
    ("text", "message"),
    [
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
def test_a_job_file_that_is_wrong_is_refused_with_its_path(
    tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "jobs.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_job_file(file)
    assert str(caught.value) == f"{file}: {message}"
