"""The key is in no log, answer or error, whatever wrong place of a file it stands in."""

import os
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner

from exporter.cli.logs import FORMATS
from exporter.cli.main import cli
from exporter.simulator import SimulatedJob, Simulator
from tests.cli.conftest import LONG
from tests.cli.log_lines import READERS
from tests.support.key_leaks import KEY, leaks
from tests.support.program import LOOPBACK, environment, run, started

pytestmark = pytest.mark.slow

WITH_KEY = environment({"FUSEBILL_API_KEY": KEY})

WORD = KEY[:8]
"""A part of the key that could be the name of a variable, of a label or of a job."""

BAD = {
    "as an unknown key": "KEY: 1\naccounts: [{jobs: [1]}]",
    "as an unknown key of an account": "accounts: [{jobs: [1], KEY: x}]",
    "as a duplicate key": "accounts: [{jobs: [1], KEY: x, KEY: y}]",
    "behind a colon without a space": 'accounts: [{jobs: [1], "api_key:KEY": x}]',
    "as the user of the address": "accounts: [{base_url: 'https://KEY@h.example/v1', jobs: [1]}]",
    "as the password": "accounts: [{base_url: 'https://me:KEY@h.example/v1', jobs: [1]}]",
    "in the query of the address": "accounts: [{base_url: 'https://h.example/v1?KEY', jobs: [1]}]",
    "as the address": "accounts: [{base_url: KEY, jobs: [1]}]",
    "as the password of a SOCKS proxy": "accounts: [{proxy_url: 'socks5://me:KEY@h:1', jobs: [1]}]",
    "as the password of an odd proxy": "accounts: [{proxy_url: 'http://me:KEY@h/x', jobs: [1]}]",
    "as the proxy": "accounts: [{proxy_url: KEY, jobs: [1]}]",
    "as a file of authorities": "accounts: [{tls_config: {ca_file: KEY}, jobs: [1]}]",
    "as the name of its file": "accounts: [{api_key_file: KEY, jobs: [1]}]",
    "as the name of its variable": "accounts: [{api_key_env: KEY, jobs: [1]}]",
    "as a word that could name a variable": "accounts: [{api_key_env: WORD, jobs: [1]}]",
    "as the value of a key of another section": "accounts: [{jobs: [1]}]\nrefresh: {api_key: KEY}",
    "as a job": "accounts: [{jobs: [KEY]}]",
    "as the id of a job": "accounts: [{jobs: [{id: KEY}]}]",
    "as a key of a job": "accounts: [{jobs: [{id: 1, KEY: x}]}]",
    "as the name of a label": "accounts: [{jobs: [{id: 1, labels: {KEY: x}}]}]",
    "as a word": "accounts: [{jobs: [1]}]\nstatuses: {KEY: none}",
    "as a state": "accounts: [{jobs: [1]}]\nstatuses: {Abandoned: KEY}",
    "as a duration": "accounts: [{jobs: [1]}]\nrefresh: {active: KEY}",
    "as the whole document": "KEY",
    "as an alias": "accounts: *WORD",
    "as a tag": "accounts: !KEY x",
    "as a boolean": "accounts: !!bool KEY",
    "as a time": "accounts: !!timestamp KEY",
    "as a number": "accounts: !!int KEY",
    "in an unterminated text": "accounts: 'KEY",
    "behind malformed YAML": "accounts: KEY: KEY",
    "twice in its file": "accounts: [{api_key_file: twice, jobs: [1]}]",
    "in two lines of its file": "accounts: [{api_key_file: broken, jobs: [1]}]",
    "with a letter outside ASCII": "accounts: [{api_key_file: foreign, jobs: [1]}]",
    "in quotes in its file": "accounts: [{api_key_file: quoted, jobs: [1]}]",
    "behind the name of its header": "accounts: [{api_key_file: header, jobs: [1]}]",
    "before a sign that base64 has not": "accounts: [{api_key_file: longer, jobs: [1]}]",
}
"""Configurations with the key in each wrong place."""


def with_the_key(text: str) -> str:
    return text.replace("KEY", KEY).replace("WORD", WORD)


def key_files(folder: Path) -> None:
    """Write key files that hold the key in malformed ways."""
    middle = len(KEY) // 2
    texts = {
        "twice": f"{KEY} {KEY}\n",
        "broken": f"{KEY[:middle]}\n{KEY[middle:]}\n",
        "foreign": f"{KEY}\N{POUND SIGN}\n",
        "quoted": f'"{KEY}"\n',
        "header": f"Authorization: Basic {KEY}\n",
        "longer": f"{KEY};\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


GOOD = "accounts: [{base_url: 'ADDRESS', api_key_file: key, job_files: [jobs.yaml], jobs: [1]}]"


@pytest.mark.parametrize("form", FORMATS)
def test_no_reload_of_a_file_with_the_key_in_the_wrong_place_tells_it(
    tmp_path: Path, form: str
) -> None:
    config = tmp_path / "config.yaml"
    key_files(tmp_path)
    (tmp_path / "key").write_text(KEY, encoding="ascii")
    flags = (f"--config.file={config}", LOOPBACK, "--log.level=debug", f"--log.format={form}")
    with Simulator([SimulatedJob(1, created=1.0)], api_key=KEY) as api:
        good = GOOD.replace("ADDRESS", api.base_url)
        config.write_text(good, encoding="utf-8")
        with started(*flags, env=WITH_KEY) as program:
            answers = {}
            for name, text in BAD.items():
                config.write_text(with_the_key(text), encoding="utf-8")
                answer = program.ask("/-/reload", method="POST")
                assert (answer.status, bool(answer.text.strip())) == (500, True), name
                answers[name] = answer.text
            config.write_text(with_the_key("scrape_timeout: KEY"), encoding="utf-8")
            program.process.send_signal(signal.SIGHUP)
            assert "configuration is bad" in program.line_with("scrape_timeout")
            answers |= {path: program.ask(path, LONG).text for path in ("/metrics", "/")}
            assert program.end() == 0
    assert "fusebill_exporter_config_last_reload_successful 0.0" in answers["/metrics"]
    assert [name for name, text in answers.items() if leaks(text)] == []
    assert [line for line in program.said if leaks(line)] == []
    assert {tuple(READERS[form](line))[:3] for line in program.said} == {("time", "level", "msg")}


@pytest.mark.parametrize("form", FORMATS)
def test_no_key_file_and_no_job_file_that_turns_bad_tells_the_key(
    tmp_path: Path, form: str
) -> None:
    config, key, jobs = (tmp_path / name for name in ("config.yaml", "key", "jobs.yaml"))
    key.write_text(KEY, encoding="ascii")
    more = (f"--config.file={config}", LOOPBACK, "--log.level=debug", f"--log.format={form}")
    with Simulator([SimulatedJob(1, created=1.0, runs=1e12)], api_key=KEY) as api:
        config.write_text(
            GOOD.replace("ADDRESS", api.base_url) + "\nrefresh: {active: 100ms}",
            encoding="utf-8",
        )
        with started(*more, env=WITH_KEY) as program:
            answers = []
            broken = f"{KEY[:20]}\n{KEY[20:]}"
            foreign, more = f"{KEY}\N{POUND SIGN}", (f"'{KEY}'", f"Basic {KEY}", f"{KEY};")
            for text in (f"{KEY} {KEY}", broken, foreign, *more, ""):
                key.write_text(text, encoding="utf-8")
                before = len(api.requests)
                while len(api.requests) == before:
                    answers.append(program.ask("/metrics", LONG).text)
            texts = (f"- {KEY}", f"- {{id: 1, {KEY}: 1}}", f"{KEY}: 1", f"- {{id: {KEY}}}")
            good_and_bad = (turn for text in texts for turn in ("- 1", text))
            for seconds, text in enumerate(good_and_bad, start=1_000_000_000):
                jobs.write_text(f"{text}\n", encoding="utf-8")
                os.utime(jobs, (seconds, seconds))  # an old file is taken to be complete at once
                answers += [program.ask(path, LONG).text for path in ("/metrics", "/")]
            for _ in texts:
                program.line_with("job file is bad")
            assert program.end() == 0
    assert {one.authorization for one in api.requests} == {f"Basic {KEY}"}
    assert any("key file is bad" in line for line in program.said)
    assert [text for text in answers if leaks(text)] == []
    assert [line for line in program.said if leaks(line)] == []


@pytest.mark.parametrize("where", BAD)
def test_no_check_of_a_file_with_the_key_in_the_wrong_place_tells_it(
    tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEBILL_API_KEY", KEY)
    key_files(tmp_path)
    config = tmp_path / "config.yaml"
    config.write_text(with_the_key(BAD[where]), encoding="utf-8")
    result = CliRunner().invoke(cli, ["check", "--live", f"--config.file={config}"])
    assert (result.exit_code, bool(result.stderr)) == (1, True)
    assert leaks(result.output) == set()


@pytest.mark.parametrize("form", FORMATS)
def test_no_start_with_a_file_with_the_key_in_the_wrong_place_tells_it(
    tmp_path: Path, form: str
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(with_the_key(BAD["as an unknown key of an account"]), encoding="utf-8")
    result = run(f"--config.file={config}", LOOPBACK, f"--log.format={form}", env=WITH_KEY)
    assert result.returncode == 1
    assert READERS[form](result.stderr.rstrip("\n"))["msg"] == "cannot start"
    assert leaks(result.stdout + result.stderr) == set()
