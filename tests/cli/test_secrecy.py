"""The key is in no log, page, metric or error, whatever the API answers and clients ask."""

import socket
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import NamedTuple
from urllib.parse import quote

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from exporter.cli.logs import FORMATS
from exporter.simulator import Fault, Limits, SimulatedJob, Simulator
from tests.cli.conftest import LONG
from tests.cli.log_lines import READERS
from tests.support.key_leaks import KEY, leaks
from tests.support.program import LOOPBACK, environment, run, started

pytestmark = pytest.mark.slow

OPENMETRICS = LONG | {"Accept": "application/openmetrics-text; version=1.0.0"}
WITH_KEY = environment({"FUSEBILL_API_KEY": KEY})

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
"""Answers that repeat the key, as a debugging proxy or a faulty API may give them."""

READ_ALL_THE_SAME = {"as a count", "as a time"}
"""The answers that are good but for the field with the key, which is left out."""


class _Echo(StreamRequestHandler):
    """Answers a read of job N with the Nth of the answers that repeat the key."""

    def handle(self) -> None:
        job = self.rfile.readline().split()[1].rpartition(b"/")[2]
        while self.rfile.readline().strip():
            pass
        answer = list(ECHOES.values())[int(job) - 1]
        self.wfile.write(answer.replace(b"KEY", KEY.encode()).replace(b"JOB", job))


class _NoTls(StreamRequestHandler):
    """Speaks plain HTTP to every client."""

    def handle(self) -> None:
        self.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self.rfile.read1()


@contextmanager
def listening(handler: type[StreamRequestHandler]) -> Iterator[str]:
    """Serve connections on loopback; yield the address."""
    with ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


class Account(NamedTuple):
    """An account with one job, and the reason for which reads fail at its address, if known."""

    base_url: str
    job: int
    reason: str | None = None


@dataclass
class Story:
    """The output of a program while all kinds of things went wrong.

    `errors` has the reasons for which reads of each account failed, `read` the accounts whose job
    was read. `said` is the log, `printed` the text on stdout.
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
    """Run an API, or another server, for each thing that can go wrong; one account meets each."""
    faults = {fault.name: number for number, fault in enumerate(Fault, start=1000)}
    jobs = [SimulatedJob(job, created=1.0, runs=1e12) for job in (1, *faults.values())]
    with ExitStack() as stack:
        api = stack.enter_context(Simulator(jobs, api_key=KEY))
        strict = stack.enter_context(Simulator(jobs, api_key="b3RoZXI="))
        spent = stack.enter_context(Simulator(jobs, api_key=KEY, limits=Limits(0, 0)))
        deaf = stack.enter_context(closing(socket.socket()))
        deaf.bind(("127.0.0.1", 0))  # and never listens
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
    """Return a configuration whose timeout only a server that does not answer reaches."""
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
    """Confront the program, at level debug, with every fault; mend them; end the program."""
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
    """Yield the requests to the program: path, headers and method."""
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
