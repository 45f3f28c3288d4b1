"""The key is in no log, page, metric or error, whatever the API, a user or a stranger does."""

import os
import signal
import socket
import threading
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import NamedTuple
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families as parse

from exporter.cli.logs import FORMATS
from exporter.cli.main import cli
from exporter.simulator import Fault, Limits, SimulatedJob, Simulator
from tests.support.leaks import KEY, leaks
from tests.support.loglines import READERS
from tests.support.program import LOOPBACK, environment, run, started

LONG = {"X-Prometheus-Scrape-Timeout-Seconds": "60"}
OPENMETRICS = LONG | {"Accept": "application/openmetrics-text; version=1.0.0"}
WITH_KEY = environment({"FUSEBILL_API_KEY": KEY})

REFUSED = "configuration is bad"

WORD = KEY[:8]
"""A part of the key that could be the name of a variable, of a label or of a job."""

ECHOES = {
    "in a page": b"HTTP/1.1 200 OK\r\n\r\n<p>Authorization: Basic KEY</p>",
    "in the phrase": b"HTTP/1.1 500 Basic KEY\r\n\r\nKEY",
    "as the status line": b"Basic KEY\r\n\r\n",
    "as the status": b"HTTP/1.1 KEY\r\n\r\n",
    "as a refusal": b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="KEY"\r\n\r\nKEY',
    "as a cookie": b"HTTP/1.1 404 No\r\nSet-Cookie: key=KEY\r\n\r\n",
    "in a redirect": b"HTTP/1.1 302 Found\r\nLocation: http://KEY@127.0.0.1:1/KEY\r\n\r\n",
    "as a header without a name": b"HTTP/1.1 200 OK\r\nBasic KEY\r\nServer: x\r\n\r\n{}",
    "as a length": b"HTTP/1.1 200 OK\r\nContent-Length: KEY\r\n\r\n{}",
    "as two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1, KEY\r\n\r\n{}",
    "as a coding": b"HTTP/1.1 200 OK\r\nContent-Encoding: KEY\r\n\r\n{}",
    "as a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nKEY\r\nKEY",
    "as a limit": b"HTTP/1.1 429 No\r\nX-Rate-Limit-Reset-Day: KEY\r\nRetry-After: KEY\r\n\r\n",
    "as an id": b'HTTP/1.1 200 OK\r\n\r\n{"id": "KEY", "status": "x"}',
    "as a count": b'HTTP/1.1 200 OK\r\n\r\n{"id": JOB, "status": "x", "totalCount": "KEY"}',
    "as a time": b'HTTP/1.1 200 OK\r\n\r\n{"id": JOB, "status": "x", "createdTimestamp": "KEY"}',
    "as a field": b'HTTP/1.1 200 OK\r\n\r\n{"id": JOB, "KEY": "KEY"}',
    "as a text": b'HTTP/1.1 200 OK\r\n\r\n"KEY"',
}
"""What a debugging proxy, or an API that repeats what it was sent, may answer."""

READ_ALL_THE_SAME = {"as a count", "as a time"}
"""Those of which the field with the key is left out."""


class _Echo(StreamRequestHandler):
    """Answers a read with the bytes that stand for its job."""

    def handle(self) -> None:
        job = self.rfile.readline().split()[1].rpartition(b"/")[2]
        while self.rfile.readline().strip():
            pass
        answer = list(ECHOES.values())[int(job) - 1]
        self.wfile.write(answer.replace(b"KEY", KEY.encode()).replace(b"JOB", job))


class _NoTls(StreamRequestHandler):
    """Speaks plain HTTP to whoever connects."""

    def handle(self) -> None:
        self.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self.rfile.read1()


@contextmanager
def listening(handler: type[StreamRequestHandler]) -> Iterator[str]:
    """Serve connections on loopback; yields the address."""
    with ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


class Account(NamedTuple):
    """An account with one job: what stands at its address, and the reason why that goes wrong."""

    base_url: str
    job: int
    reason: str | None = None


@dataclass
class Story:
    """What a program said while all kinds of things went wrong.

    `errors` are the reasons for which reads of an account failed, `read` the accounts whose job
    was read; `said` is the log, `printed` what came on stdout.
    """

    api: Simulator
    accounts: Mapping[str, Account]
    errors: Mapping[str, list[str]]
    read: set[str]
    said: list[str]
    printed: str
    answers: dict[str, str]


@contextmanager
def world() -> Iterator[tuple[Simulator, dict[str, Account]]]:
    """Run all that an account may meet; each account meets one thing."""
    faults = {fault.name: number for number, fault in enumerate(Fault, start=1000)}
    jobs = [SimulatedJob(job, created=1.0, runs=1e12) for job in (1, *faults.values())]
    with ExitStack() as stack:
        api = stack.enter_context(Simulator(jobs, api_key=KEY))
        strict = stack.enter_context(Simulator(jobs, api_key="b3RoZXI="))
        spent = stack.enter_context(Simulator(jobs, api_key=KEY, limits=Limits(0, 0)))
        deaf = stack.enter_context(closing(socket.socket()))
        deaf.bind(("127.0.0.1", 0))  # and listens to nobody
        echo = stack.enter_context(listening(_Echo))
        no_tls = stack.enter_context(listening(_NoTls))
        for fault in Fault:
            api.fail(fault, faults[fault.name])
        yield (
            api,
            {
                "good": Account(api.base_url, 1),
                "missing": Account(api.base_url, 2, "not_found"),
                "refused": Account(strict.base_url, 1, "unauthorized"),
                "spent": Account(spent.base_url, 1, "rate_limited"),
                "deaf": Account(f"http://127.0.0.1:{deaf.getsockname()[1]}", 1, "connection"),
                "no TLS": Account(f"https://{no_tls}", 1, "tls"),
                **{name: Account(api.base_url, job) for name, job in faults.items()},
                **{
                    name: Account(f"http://{echo}", number)
                    for number, name in enumerate(ECHOES, start=1)
                },
            },
        )


def configuration(accounts: Mapping[str, Account]) -> str:
    """Write a configuration in which only what sends no answer meets the timeout."""
    lines = [
        f"- {{name: {name!r}, base_url: '{one.base_url}', jobs: [{one.job}]}}"
        for name, one in accounts.items()
    ]
    return "\n".join(["accounts:", *lines, "refresh: {active: 100ms, timeout: 10s}", ""])


@pytest.fixture(scope="module", params=FORMATS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def story(form: str, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Tell the whole list of faults to the program, at level debug; mend them, and end it."""
    config = tmp_path_factory.mktemp("story") / "config.yaml"
    flags = (f"--config.file={config}", LOOPBACK, "--log.level=debug")
    with world() as (api, accounts), ThreadPoolExecutor(32) as pool:
        config.write_text(configuration(accounts), encoding="utf-8")
        with (
            config.with_name("stdout").open("w+", encoding="utf-8") as stdout,
            started(*flags, f"--log.format={form}", env=WITH_KEY, stdout=stdout) as program,
        ):

            def answer(path: str, headers: Mapping[str, str], method: str) -> str:
                return program.ask(path, headers, method=method).text

            live = pool.submit(run, "check", "--live", flags[0], env=WITH_KEY)
            scrape = answer("/metrics", LONG, "GET")
            requests = list(requests_to(accounts))
            texts = pool.map(answer, *zip(*requests, strict=True))
            answers = {
                f"{one[2]} {one[0]}": text for one, text in zip(requests, texts, strict=True)
            }
            check = live.result()
            answers |= {"check": check.stdout, "the errors of check": check.stderr}
            for account in accounts.values():
                api.fail(None, account.job)
            while not any("API can be read again" in line for line in program.said):
                answers["mended"] = answer("/metrics", LONG, "GET")
            assert program.end() == 0
            stdout.seek(0)
            printed = stdout.read()
    errors, read = outcomes(scrape)
    return Story(api, accounts, errors, read, program.said, printed, {"first": scrape} | answers)


def outcomes(scrape: str) -> tuple[dict[str, list[str]], set[str]]:
    """Return the reasons for which reads failed, by account, and the accounts that were read."""
    errors: dict[str, list[str]] = defaultdict(list)
    read = set()
    for sample in (sample for family in parse(scrape) for sample in family.samples):
        if sample.name == "fusebill_fetch_errors_total" and sample.value:
            errors[sample.labels["account"]].append(sample.labels["reason"])
        if sample.name == "fusebill_service_job_up" and sample.value:
            read.add(sample.labels["account"])
    return errors, read


def requests_to(accounts: Mapping[str, Account]) -> Iterator[tuple[str, Mapping[str, str], str]]:
    """Yield what is asked of the program: path, headers and method."""
    yield "/metrics", OPENMETRICS, "GET"
    yield "/", {}, "GET"
    for name, account in accounts.items():
        yield f"/probe?target={account.job}&account={quote(name)}", LONG, "GET"
    for key in (KEY, quote(KEY, safe="")):
        yield f"/probe?target={key}", {}, "GET"
        yield f"/probe?target=1&account={key}", {}, "GET"
        yield f"/metrics?key={key}", {"Authorization": f"Basic {key}"}, "GET"
        yield f"/none?key={key}", {"Authorization": f"Basic {key}", "Cookie": key}, "POST"
        yield f"/-/reload?key={key}", {}, "GET"


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
def test_the_program_meets_each_fault_with_the_key(story: Story, fault: Fault) -> None:
    job = story.accounts[fault.name].job
    asked = [one for one in story.api.requests if one.path.endswith(f"/{job}")]
    assert {one.authorization for one in asked} == {f"Basic {KEY}"}
    assert (fault.name in story.errors) != (fault.name in story.read)


def test_the_program_meets_everything_else_that_goes_wrong(story: Story) -> None:
    reasons = {name: one.reason for name, one in story.accounts.items() if one.reason}
    met = {name: story.errors[name] for name in reasons}
    assert met == {name: [reason] for name, reason in reasons.items()}
    assert "good" not in story.errors
    assert "good" in story.read


@pytest.mark.parametrize("echo", ECHOES)
def test_the_program_meets_each_answer_that_repeats_the_key(story: Story, echo: str) -> None:
    assert (echo in story.read) is (echo in READ_ALL_THE_SAME)
    assert (echo in story.errors) is (echo not in READ_ALL_THE_SAME)


def test_the_key_is_in_no_line_of_the_log(story: Story) -> None:
    assert [line for line in story.said if leaks(line)] == []


def test_the_key_is_in_no_answer(story: Story) -> None:
    assert [path for path, text in story.answers.items() if leaks(text)] == []


def test_nothing_is_printed_beside_the_log(story: Story) -> None:
    assert story.printed == ""


def test_the_key_is_not_sent_to_where_the_api_redirects(story: Story) -> None:
    assert story.api.redirected == 0


def test_each_line_of_the_log_is_an_event_with_time_level_and_message_first(
    story: Story, form: str
) -> None:
    events = [READERS[form](line) for line in story.said]
    assert {tuple(event)[:3] for event in events} == {("time", "level", "msg")}
    assert {event["level"] for event in events} == {"debug", "info", "warn"}
    assert {event["msg"] for event in events} >= {"read", "request", "API cannot be read"}


BAD = {
    "as an unknown key": "KEY: 1\naccounts: [{jobs: [1]}]",
    "as an unknown key of an account": "accounts: [{jobs: [1], KEY: x}]",
    "as a key that stands twice": "accounts: [{jobs: [1], KEY: x, KEY: y}]",
    "behind a colon without a space": 'accounts: [{jobs: [1], "api_key:KEY": x}]',
    "as the user of the address": "accounts: [{base_url: 'https://KEY@h.example/v1', jobs: [1]}]",
    "as the password": "accounts: [{base_url: 'https://me:KEY@h.example/v1', jobs: [1]}]",
    "in the query of the address": "accounts: [{base_url: 'https://h.example/v1?KEY', jobs: [1]}]",
    "as the address": "accounts: [{base_url: KEY, jobs: [1]}]",
    "as the name of its file": "accounts: [{api_key_file: KEY, jobs: [1]}]",
    "as the name of its variable": "accounts: [{api_key_env: KEY, jobs: [1]}]",
    "as a name that a variable may have": "accounts: [{api_key_env: WORD, jobs: [1]}]",
    "as the value of a key of another section": "accounts: [{jobs: [1]}]\nrefresh: {api_key: KEY}",
    "as a job": "accounts: [{jobs: [KEY]}]",
    "as the id of a job": "accounts: [{jobs: [{id: KEY}]}]",
    "as a key of a job": "accounts: [{jobs: [{id: 1, KEY: x}]}]",
    "as the name of a label": "accounts: [{jobs: [{id: 1, labels: {KEY: x}}]}]",
    "as a word": "accounts: [{jobs: [1]}]\nstatuses: {KEY: none}",
    "as a state": "accounts: [{jobs: [1]}]\nstatuses: {Abandoned: KEY}",
    "as a duration": "accounts: [{jobs: [1]}]\nrefresh: {active: KEY}",
    "as all that there is": "KEY",
    "as an alias": "accounts: *WORD",
    "as a tag": "accounts: !KEY x",
    "as a boolean": "accounts: !!bool KEY",
    "as a time": "accounts: !!timestamp KEY",
    "as a number": "accounts: !!int KEY",
    "in a text without an end": "accounts: 'KEY",
    "behind what is no YAML": "accounts: KEY: KEY",
    "twice in its file": "accounts: [{api_key_file: twice, jobs: [1]}]",
    "in two lines of its file": "accounts: [{api_key_file: broken, jobs: [1]}]",
    "with a letter outside ASCII": "accounts: [{api_key_file: foreign, jobs: [1]}]",
}
"""The key in each wrong place of a configuration."""


def with_the_key(text: str) -> str:
    return text.replace("KEY", KEY).replace("WORD", WORD)


def key_files(folder: Path) -> None:
    """Write files that hold the key in a form in which it is none."""
    middle = len(KEY) // 2
    texts = {
        "twice": f"{KEY} {KEY}\n",
        "broken": f"{KEY[:middle]}\n{KEY[middle:]}\n",
        "foreign": f"{KEY}\N{POUND SIGN}\n",
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
            assert REFUSED in program.line_with("scrape_timeout")
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
            for text in (f"{KEY} {KEY}", f"{KEY[:20]}\n{KEY[20:]}", f"{KEY}\N{POUND SIGN}", ""):
                key.write_text(text, encoding="utf-8")
                before = len(api.requests)
                while len(api.requests) == before:
                    answers.append(program.ask("/metrics", LONG).text)
            texts = (f"- {KEY}", f"- {{id: 1, {KEY}: 1}}", f"{KEY}: 1", f"- {{id: {KEY}}}")
            good_and_bad = (turn for text in texts for turn in ("- 1", text))
            for seconds, text in enumerate(good_and_bad, start=1_000_000_000):
                jobs.write_text(f"{text}\n", encoding="utf-8")
                os.utime(jobs, (seconds, seconds))  # nobody waits for an old file to be whole
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


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(KEY, id="whole"),
        *(pytest.param(f"x{KEY[at : at + 6]}y", id=f"a part at {at}") for at in (0, 23, 46)),
        pytest.param(f"Authorization: Basic {KEY}", id="in a header"),
        pytest.param(repr({"key": KEY.encode()}), id="as Python writes it"),
        pytest.param(f"accounts[0].{KEY.lower()}", id="in small letters"),
        pytest.param(quote(KEY[4:12], safe=""), id="a part in a URL"),
        pytest.param(KEY[4:12].replace("+", "&#43;"), id="a part in a page"),
        pytest.param(KEY[4:12].replace("+", "\\u002b"), id="a part in JSON"),
        pytest.param(KEY.encode().hex()[20:32], id="a part in hexadecimal"),
        pytest.param(str(b64decode(KEY)), id="decoded"),
        pytest.param(b64decode(KEY)[9:15].decode(), id="a part, decoded"),
        *(
            pytest.param(b64encode(f"{user}:{KEY[:20]}".encode()).decode(), id=f"after {user}")
            for user in ("a", "ab", "abc")
        ),
    ],
)
def test_a_leak_is_found(text: str) -> None:
    assert leaks(f"some words {text} and others")


@pytest.mark.parametrize(
    "text", [KEY[:5], "Authorization: Basic <secret>", "MDpVU Uj7c+ bVB9U", "0:0:0:0", "="]
)
def test_what_is_no_leak_is_not_found(text: str) -> None:
    assert leaks(text) == set()
