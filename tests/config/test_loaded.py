import subprocess
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from exporter.config.api_key import Secret
from exporter.config.job_files import JobFiles
from exporter.config.load import parse
from exporter.config.loaded import LoadedConfig, load_everything, read_secrets
from exporter.model.errors import ConfigError
from tests.config.job_folder import JobFolder
from tests.e2e.conftest import need

KEY = "c2VjcmV0S2V5MTI="


def watching(*jobs: tuple[str, ...]) -> LoadedConfig:
    """Return a configuration of jobs with these labels."""
    entries = [
        {"id": number, "labels": dict.fromkeys(labels, "x")}
        for number, labels in enumerate(jobs, start=1)
    ]
    return LoadedConfig(parse({"accounts": [{"jobs": entries}]}, Path("c")), {}, JobFiles())


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        pytest.param([], (), id="no jobs"),
        pytest.param([(), ("team", "cost_center")], (), id="snake_case"),
        pytest.param([("team", "costCenter")], ("costCenter",), id="camelCase"),
        pytest.param([("b_aB",), ("teamID",), ("aB",)], ("aB", "b_aB", "teamID"), id="sorted"),
        pytest.param([("costCenter",), ("costCenter",)], ("costCenter",), id="each once"),
    ],
)
def test_labels_in_camel_case_are_found(
    jobs: list[tuple[str, ...]], expected: tuple[str, ...]
) -> None:
    assert watching(*jobs).camel_case_labels() == expected


def test_labels_in_camel_case_are_found_in_every_account_and_job_file(folder: JobFolder) -> None:
    folder.write("a.yaml", "[{id: 2, labels: {aB: x}}]\n")
    jobs = [{"id": 1, "labels": {"cD": "x"}}]
    accounts = [{"name": "a", "job_files": ["*.yaml"]}, {"name": "b", "jobs": jobs}]
    config = parse({"accounts": accounts}, folder.path / "config.yaml")
    loaded = LoadedConfig(config, {}, folder.reread("*.yaml"))
    assert loaded.camel_case_labels() == ("aB", "cD")


@pytest.mark.parametrize(
    "label",
    [
        *("costCenter", "teamID", "aB", "_aB", "CostCenter", "cost_centerX", "aB1"),
        *("cost_center", "cost_Center", "COST", "A", "Le", "c1C", "a__b", "a_", "_", "x_total"),
        *("seconds", "ms", "my_ms", "bucket", "count", "gauge", "info", "x_info"),
        *("job", "instance"),
    ],
)
def test_promtool_dislikes_the_same_labels(label: str) -> None:
    need("promtool")
    series = f'# HELP x_info A help.\n# TYPE x_info gauge\nx_info{{{label}="x"}} 1\n'
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=series, capture_output=True, text=True, check=False
    )
    disliked = bool(watching((label,)).camel_case_labels())
    assert disliked == bool(done.returncode), done.stderr


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    """Return a configuration of two accounts, whose keys are in two files."""
    for name in ("live", "sandbox"):
        key = tmp_path / name
        key.write_text(KEY, encoding="ascii")
        key.chmod(0o600)
    file = tmp_path / "config.yaml"
    file.write_text(
        "accounts:\n"
        "- {name: a, api_key_file: live, job_files: [jobs.yaml]}\n"
        "- {name: b, api_key_file: sandbox, jobs: [1]}\n",
        encoding="utf-8",
    )
    return file


def loaded_from(config_file: Path, before: LoadedConfig | None = None) -> LoadedConfig:
    return load_everything(config_file, before)


def test_a_configuration_is_loaded_with_its_keys_and_job_files(config_file: Path) -> None:
    config_file.with_name("jobs.yaml").write_text("[2, 3]\n", encoding="utf-8")
    loaded = loaded_from(config_file)
    assert {name: key.loaded for name, key in loaded.keys.items()} == {
        "a": Secret(KEY),
        "b": Secret(KEY),
    }
    jobs = [[job.id for job in loaded.jobs_of(account)] for account in loaded.config.accounts]
    assert jobs == [[2, 3], [1]]


def test_a_bad_job_file_stops_no_load(config_file: Path) -> None:
    config_file.with_name("jobs.yaml").write_text("[x]\n", encoding="utf-8")
    assert [error.file.name for error in loaded_from(config_file).job_files.errors()] == [
        "jobs.yaml"
    ]


def test_every_missing_key_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIVE_KEY", raising=False)
    accounts = [
        {"name": "a", "api_key_env": "LIVE_KEY"},
        {"name": "b", "api_key_file": "/nowhere/key"},
    ]
    config = parse({"accounts": accounts}, Path("config.yaml"))
    with pytest.raises(ConfigError) as caught:
        read_secrets(config, Path("config.yaml"), {})
    assert [problem.path for problem in caught.value.problems] == [
        "accounts[0].api_key_env",
        "accounts[1].api_key_file",
    ]


def events(logs: list[EventDict]) -> list[tuple[str, str]]:
    return [(line["event"], Path(line["file"]).name) for line in logs]


EXPOSED = "key file can be read by every user"


def test_a_key_file_that_every_user_may_read_is_logged_unless_it_was_before(
    config_file: Path,
) -> None:
    config_file.with_name("live").chmod(0o644)
    first = loaded_from(config_file)
    config_file.with_name("sandbox").chmod(0o644)
    second = loaded_from(config_file)
    with capture_logs() as logs:
        first.log_key_files()
        second.log_key_files(first)
    assert events(logs) == [(EXPOSED, "live"), (EXPOSED, "sandbox")]


def test_the_end_of_a_problem_that_was_logged_before_a_reload_is_logged_after_it(
    config_file: Path,
) -> None:
    key_file = config_file.with_name("live")
    first = loaded_from(config_file)
    with capture_logs() as logs:
        key_file.write_text("not one key", encoding="ascii")
        first.keys["a"].source.read()
        key_file.write_text(KEY, encoding="ascii")
        second = loaded_from(config_file)
        second.log_key_files(first)
        second.keys["a"].source.read()
    assert events(logs) == [
        ("key file is bad, using the last good key", "live"),
        ("key file is good again", "live"),
    ]


def test_every_problem_of_the_environment_and_of_the_files_is_said_at_once(tmp_path: Path) -> None:
    account = {"api_key_file": "none", "tls_config": {"ca_file": "none"}}
    file = tmp_path / "config.yaml"
    config = parse({"accounts": [account]}, file)
    with pytest.raises(ConfigError) as caught:
        read_secrets(config, file, {"HTTPS_PROXY": "socks5://proxy"})
    paths = [problem.path for problem in caught.value.problems]
    assert paths == [
        f"accounts[0].{key}" for key in ("api_key_file", "base_url", "tls_config.ca_file")
    ]
