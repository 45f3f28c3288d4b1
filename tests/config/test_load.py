from pathlib import Path

import pytest

from exporter.config.load import load, parse, parse_job_list
from exporter.model.errors import ConfigError, Problem
from tests.config.job_folder import EMPTY


def test_a_file_is_loaded_with_its_own_folder(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("accounts: [{api_key_file: key, jobs: [5]}]\n", encoding="utf-8")
    (only,) = load(file).accounts
    assert (only.api_key_file, [job.id for job in only.jobs]) == (tmp_path / "key", [5])


def test_an_override_of_a_merged_key_loads(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "accounts:\n"
        "  - {name: a, quota: &quota {share: 0.2, reserve: 0.3}}\n"
        "  - {name: b, quota: {<<: *quota, share: 0.1}}\n",
        encoding="utf-8",
    )
    quotas = [one.quota for one in load(file).accounts]
    assert [(quota.share, quota.reserve) for quota in quotas] == [(0.2, 0.3), (0.1, 0.3)]


def test_an_empty_file_lacks_its_accounts(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.touch()
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(caught.value) == f"{file}: accounts: required, but missing"


def test_duplicate_keys_are_reported_with_the_other_problems() -> None:
    with pytest.raises(ConfigError) as caught:
        parse({"accounts": 5}, Path("config.yaml"), [Problem("scrape_timeout", "expected once")])
    assert caught.value.problems == (
        Problem("accounts", "expected a list"),
        Problem("scrape_timeout", "expected once"),
    )


def test_a_duplicate_key_alone_is_a_refusal() -> None:
    with pytest.raises(ConfigError, match="scrape_timeout: expected once"):
        parse({"accounts": [{}]}, Path("config.yaml"), [Problem("scrape_timeout", "expected once")])


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        pytest.param("# none yet\n", [], id="a file of comments holds none"),
        pytest.param("[]\n", [], id="an empty list holds none"),
        pytest.param("- 1\n- {id: 2, name: two}\n", [1, 2], id="ids and mappings"),
        pytest.param("- '1'\n- {id: \"2\"}\n", [1, 2], id="ids in quotes"),
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
            "- {id: 1, labels: {le: x}}\n",
            "[0].labels.le: expected a label that Prometheus does not reserve for histograms "
            "and summaries (le, quantile)",
            id="a label of Prometheus's",
        ),
        pytest.param(
            "- {id: 1, nmae: x}\n", "[0].nmae: unknown key, did you mean name?", id="unknown key"
        ),
        pytest.param(
            "- 1\n- id: 1\n", "[1].id: expected each job once, but [0] is the same", id="twice"
        ),
        pytest.param(
            "- 1\n- '1'\n", "[1]: expected each job once, but [0] is the same", id="with quotes"
        ),
        pytest.param(
            "- {id: 1, id: 2}\n", "[0].id: expected once, but repeated in line 1", id="two ids"
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
