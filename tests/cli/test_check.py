"""`check`, without and with `--live`."""

import os
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from exporter.cli.main import cli
from exporter.simulator import SANDBOX, TESTDRIVE, SimulatedJob, Simulator
from tests.cli.conftest import DONE, MISSING
from tests.support.program import environment, run, serving
from tests.support.readers import KEY

pytestmark = pytest.mark.slow


def check(*arguments: str) -> Result:
    """Run `check` in this process."""
    return CliRunner().invoke(cli, ["check", *arguments])


def test_check_needs_no_key_and_no_network(files: Path) -> None:
    environ = environment()
    del environ["FUSEBILL_API_KEY"]
    result = run("check", f"--config.file={files / 'good.yaml'}", env=environ)
    first, *costs = result.stdout.splitlines()
    assert (result.returncode, result.stderr) == (0, "")
    assert first == f"{files / 'good.yaml'}: valid"
    assert any("has 2 jobs" in line for line in costs)
    assert sum("need 5,760 reads a day" in line for line in costs) == 3


@pytest.mark.parametrize("text", ["accounts: [{}]", "accounts: x"], ids=["good", "bad"])
def test_check_names_a_file_so_that_its_name_moves_no_cursor(files: Path, text: str) -> None:
    config = files / "a\x1b[2J\u202eb.yaml"
    config.write_text(text, encoding="utf-8")
    result = check(f"--config.file={config}")
    assert (result.stdout + result.stderr).startswith(rf"{files}/a\x1b[2J\u202eb.yaml: ")


def test_check_is_told_how_many_jobs_run_and_how_often_they_are_scraped(files: Path) -> None:
    config = f"--config.file={files / 'good.yaml'}"
    result = check(config, "--running=1", "--scrape-interval=1m")
    assert "Prometheus scrapes every 1m." in result.stdout
    assert "has 2 jobs, at most 1 of them running." in result.stdout
    assert "Running jobs need 1,440 reads a day" in result.stdout


@pytest.mark.parametrize("option", ["--running=0", "--scrape-interval=0s", "--scrape-interval=15"])
def test_check_refuses_an_option_that_makes_no_sense(files: Path, option: str) -> None:
    result = check(f"--config.file={files / 'good.yaml'}", option)
    assert (result.exit_code, result.stdout) == (2, "")
    assert option.split("=", maxsplit=1)[0] in result.stderr


def test_check_warns_of_labels_that_promtool_dislikes_and_exits_0(files: Path) -> None:
    (files / "jobs.yaml").write_text("- {id: 2, labels: {aB: x}}\n", encoding="utf-8")
    config = files / "config.yaml"
    jobs = "[{id: 1, labels: {costCenter: x, team: y}}]"
    config.write_text(f"accounts: [{{jobs: {jobs}, job_files: [jobs.yaml]}}]", encoding="utf-8")
    result = check(f"--config.file={config}")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, f"{config}: valid")
    assert result.stderr == (
        "warning: labels in camelCase, which promtool's lint dislikes (write cost_center for "
        "costCenter): aB, costCenter\n"
    )


def test_check_says_every_problem_on_a_line_of_its_own(files: Path) -> None:
    file = files / "bad.yaml"
    result = check(f"--config.file={file}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        f"{file}: accounts[0].jobs[1]: expected a job id, or a mapping with an id",
        f"{file}: refresh.active: expected a duration such as 30s, 5m or 1h30m",
    ]


def test_check_says_one_problem_on_one_line(files: Path) -> None:
    result = check(f"--config.file={files / 'odd.yaml'}")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "\x1b" not in result.stderr


def test_check_live_prints_a_table_of_the_jobs_after_the_plan(
    api: Simulator, tmp_path: Path
) -> None:
    config, _ = serving(api, tmp_path, DONE)
    result = run("check", "--live", config)
    *_, plan, empty, heading, row = result.stdout.splitlines()
    assert (result.returncode, result.stderr) == (0, "")
    assert (plan, empty) == ("    That costs 0.013 % of the account's requests.", "")
    assert heading.split()[:4] == ["JOB", "ACCOUNT", "STATE", "STATUS"]
    assert row.split() == [str(DONE), "live", "succeeded", "Processed", "100", "19", "0", "19"]


def test_check_live_exits_1_when_a_job_cannot_be_read(api: Simulator, tmp_path: Path) -> None:
    config, _ = serving(api, tmp_path, DONE, MISSING)
    result = run("check", "--live", config)
    done, missing = result.stdout.splitlines()[-2:]
    assert result.returncode == 1
    assert done.split()[:3] == [str(DONE), "live", "succeeded"]
    assert missing.split()[:3] == [str(MISSING), "live", "unread"]
    assert missing.endswith("the API knows no such job (404)")
    assert result.stderr == ("Account live: 1 job was not read: the API knows no such job (404).\n")


def test_check_live_says_last_that_the_key_is_refused(api: Simulator, tmp_path: Path) -> None:
    api.api_key = "b3RoZXI="
    config, _ = serving(api, tmp_path, *range(1, 9))
    result = run("check", "--live", config)
    assert (result.returncode, len(api.requests)) == (1, 1)
    assert result.stderr == (
        "Account live: 8 jobs were not read, because its API key is refused: the API refused the "
        "key (401).\n"
    )


def test_check_live_plans_once_with_the_limits_that_the_api_states(
    api: Simulator, tmp_path: Path
) -> None:
    api.limits = SANDBOX
    config, _ = serving(api, tmp_path, DONE)
    lines = run("check", "--live", config).stdout.splitlines()
    assert [line for line in lines if "requests a day, and" in line] == [
        "  With the API's limit of 5,000 requests a day, and 50 a minute:"
    ]
    assert sum(line.startswith("Account ") for line in lines) == 1


def test_check_live_of_an_api_out_of_reach_plans_for_each_type_of_account_and_says_why(
    api: Simulator, tmp_path: Path
) -> None:
    config, _ = serving(api, tmp_path, *range(1, 8))
    api.close()
    result = run("check", "--live", config)
    assert result.returncode == 1
    assert result.stdout.count("requests a day, and") == 3
    assert result.stderr == (
        "Account live: 7 jobs were not read, because its API cannot be read: the connection to the "
        "API failed: Connection refused.\n"
    )


def test_check_live_without_jobs_reads_nothing_and_exits_0(api: Simulator, tmp_path: Path) -> None:
    config, _ = serving(api, tmp_path)
    result = run("check", "--live", config)
    assert (result.returncode, result.stderr, api.requests) == (0, "", [])
    assert "has no jobs, so nothing is read." in result.stdout


def test_check_live_reads_every_job_however_many_there_are(api: Simulator, tmp_path: Path) -> None:
    for job_id in range(1, 41):
        api.put(SimulatedJob(job_id, created=1.0))
    config, _ = serving(api, tmp_path, *range(1, 41))
    result = run("check", "--live", config)
    assert result.returncode == 0
    assert result.stdout.count("succeeded") == len(api.requests) == 40


def test_check_live_leaves_the_reserve_and_says_what_it_did_not_read(
    api: Simulator, tmp_path: Path
) -> None:
    api.limits = TESTDRIVE
    api.spend(day=449)
    for job_id in range(1, 5):
        api.put(SimulatedJob(job_id, created=1.0))
    config, _ = serving(api, tmp_path, *range(1, 5))
    result = run("check", "--live", config)
    assert (result.returncode, len(api.requests)) == (1, 1)
    assert result.stdout.splitlines()[-1].endswith("not read")
    assert result.stderr.startswith(
        "Account live: 3 jobs were not read, because no more than the reserve of its requests is "
        "left (quota.reserve). The next read is allowed in "
    )
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(" \n", "expected an API key, but it is empty", id="an empty file"),
        pytest.param(
            f'"{KEY}"\n', "expected the API key without quotes around it", id="one in quotes"
        ),
    ],
)
def test_check_live_needs_the_key(files: Path, text: str, problem: str) -> None:
    (files / "key").write_text(text, encoding="ascii")
    result = run("check", "--live", f"--config.file={files / 'key.yaml'}")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"{files / 'key.yaml'}: accounts[0].api_key_file: {problem}\n"


def test_check_live_refuses_a_variable_with_more_than_the_key(files: Path) -> None:
    env = environment({"FUSEBILL_API_KEY": f"Basic {KEY}"})
    result = run("check", "--live", f"--config.file={files / 'good.yaml'}", env=env)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"{files / 'good.yaml'}: accounts[0].api_key_env: expected the API key alone, "
        "without `Basic` or a name before it (in the environment variable FUSEBILL_API_KEY)\n"
    )


def test_check_live_warns_of_a_key_file_that_every_user_may_read_and_exits_0(
    api: Simulator, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text(KEY, encoding="ascii")
    config = tmp_path / "config.yaml"
    account = f"{{base_url: '{api.base_url}', api_key_file: key, jobs: [{DONE}]}}"
    config.write_text(f"accounts: [{account}]", encoding="utf-8")
    key.chmod(0o640)
    result = run("check", "--live", f"--config.file={config}")
    assert (result.returncode, result.stderr) == (0, "")
    key.chmod(0o644)
    result = run("check", "--live", f"--config.file={config}")
    assert result.returncode == 0
    assert result.stderr == (
        f"warning: {key}: every user may read this key file: "
        "chmod o-r, or defaultMode 0440 in Kubernetes\n"
    )


def test_check_reads_a_configuration_from_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "config.yaml"
    os.mkfifo(pipe)
    Thread(target=partial(pipe.write_text, "accounts: [{jobs: [1]}]"), daemon=True).start()
    result = check(f"--config.file={pipe}")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, f"{pipe}: valid")


def test_check_reports_every_problem_of_every_job_file(files: Path) -> None:
    folder = files / "jobs.d"
    folder.mkdir()
    for name, text in (("a.yaml", "- 1\n- x\n- 0\n"), ("b.yaml", "- 2\n"), ("c.yaml", "1\n")):
        (folder / name).write_text(text, encoding="utf-8")
    config = files / "config.yaml"
    config.write_text('accounts: [{job_files: ["jobs.d/*.yaml"]}]', encoding="utf-8")
    result = check(f"--config.file={config}")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"{folder / 'a.yaml'}: [1]: expected a job id, or a mapping with an id",
        f"{folder / 'a.yaml'}: [2].id: expected more than 0",
        f"{folder / 'c.yaml'}: expected a list",
    ]


def test_check_live_reports_a_missing_key_and_the_job_files(files: Path) -> None:
    (files / "jobs.yaml").write_text("- x\n", encoding="utf-8")
    (files / "long.yaml").symlink_to("x" * 300)
    config = files / "config.yaml"
    account = "{api_key_file: empty, job_files: [jobs.yaml, long.yaml]}"
    config.write_text(f"accounts: [{account}]", encoding="utf-8")
    (files / "empty").touch()
    result = run("check", "--live", f"--config.file={config}")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        f"{config}: accounts[0].api_key_file: expected an API key, but it is empty",
        f"{files / 'jobs.yaml'}: [0]: expected a job id, or a mapping with an id",
        f"{files / 'long.yaml'}: expected a readable file: File name too long",
    ]
