import asyncio
import gzip
import time
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text
from starlette.applications import Starlette
from starlette.routing import Route

from exporter.api.client import Client
from exporter.config.sections import Account, Refresh, WatchedJob
from exporter.config.status import ConfigView, WebConfigView
from exporter.jobs.chunks import MOST
from exporter.jobs.ledger import Ledger
from exporter.jobs.snapshot import Snapshot
from exporter.model.failures import Unauthorized
from exporter.model.instant import Instant
from exporter.quota.budget import make_budget
from exporter.scrape.collector import Collector
from exporter.scrape.refresh import AccountRefresher
from exporter.scrape.timeout import RENDER_ONE_JOB
from exporter.simulator import Fault, SimulatedJob, Simulator
from exporter.web.app import create_app, index
from exporter.web.bodies import MOST_WAITING
from exporter.web.page.choice import ALL, Choice
from exporter.web.page.page import Page
from tests.support.asgi import Answer, Ask, answer_to, ask, ask_all
from tests.support.readers import KEY, FixedKey, Script, beside
from tests.support.scripted_account import ScriptedAccount
from tests.support.turns import Turns

JOB = 2607617
T = TypeVar("T")
NO_KEY = Unauthorized("there is no key", requests=0)
PATHS = ("/metrics", "/", "/-/healthy", "/-/ready")
TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def now() -> Instant:
    return Instant(time.monotonic(), time.time())


@pytest.fixture
def api() -> Iterator[Simulator]:
    with Simulator([SimulatedJob(JOB, created=1.0)], api_key=KEY) as simulator:
        yield simulator


@pytest.fixture
def collector(api: Simulator) -> Iterator[Collector]:
    account = Account(name="live", base_url=api.base_url)
    refresh = Refresh(active="1h", timeout="1m")
    client = Client(account, FixedKey(), refresh, {})
    jobs = [WatchedJob(id=JOB)]
    ledger = Ledger(
        "live", jobs, refresh=refresh, budget=make_budget(account.quota), jitter=lambda: 0.0
    )
    refresher = AccountRefresher(ledger, beside(client.read), concurrency=8, clock=now)
    yield Collector([refresher], now, 60.0)
    client.close()


@pytest.fixture
def app(collector: Collector) -> Starlette:
    return create_app(collector, "/metrics")


def values(families: Iterator[Metric]) -> Mapping[str, float]:
    """Return each value by its name, if it has no labels but `account` and `job_id`."""
    return {
        sample.name: sample.value
        for family in families
        for sample in family.samples
        if set(sample.labels) <= {"account", "job_id"}
    }


def test_a_scrape_shows_the_jobs_the_exporter_and_the_process(app: Starlette) -> None:
    answer = ask(app, "/metrics")
    shown = values(parse_text(answer.text))
    assert answer.status == 200
    assert answer.headers["content-type"] == TEXT
    assert shown["fusebill_service_job_percent_complete"] == 100
    assert shown["fusebill_up"] == 1
    assert shown["fusebill_exporter_config_last_reload_successful"] == 1
    assert shown["process_cpu_seconds_total"] > 0


def test_a_scrape_of_openmetrics_shows_the_same(app: Starlette) -> None:
    answer = ask(app, "/metrics", {"Accept": "application/openmetrics-text;version=1.0.0"})
    shown = values(parse_openmetrics(answer.text))
    assert answer.headers["content-type"] == OPENMETRICS
    assert shown["fusebill_service_job_percent_complete"] == 100
    assert shown["process_cpu_seconds_total"] > 0


def test_a_probe_in_openmetrics_has_its_end_mark(app: Starlette) -> None:
    answer = ask(app, "/probe?target=1", {"Accept": "application/openmetrics-text;version=1.0.0"})
    assert answer.text.endswith("\n# EOF\n")


def test_head_has_the_headers_of_a_scrape(app: Starlette) -> None:
    head = ask_all(app, Ask("/metrics", method="HEAD"))[0]
    assert head.status == 200
    assert head.headers["content-type"] == TEXT
    assert int(head.headers["content-length"]) > 1000


def test_gzip_when_asked_for_holds_the_same(app: Starlette) -> None:
    answer = ask(app, "/metrics", {"Accept-Encoding": "gzip"})
    unpacked = gzip.decompress(answer.body)
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(answer.body) < len(unpacked)
    assert values(parse_text(unpacked.decode()))["fusebill_up"] == 1


def test_nothing_is_packed_unasked(app: Starlette) -> None:
    answer = ask(app, "/metrics", {"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in answer.headers
    assert answer.body.startswith(b"# HELP")


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_caches_are_told_what_the_answer_depends_on(app: Starlette, encoding: str) -> None:
    answer = ask(app, "/metrics", {"Accept-Encoding": encoding})
    assert answer.headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("Accept", "application/json", id="a type that there is not"),
        pytest.param("Accept", ";;,q=;=\xff", id="an Accept of nonsense"),
        pytest.param("Accept", "text/plain;version=x;q=y", id="a version and weight of nonsense"),
        pytest.param("Accept-Encoding", ";q,,\xff", id="an encoding of nonsense"),
        pytest.param("X-Prometheus-Scrape-Timeout-Seconds", "", id="an empty timeout"),
        pytest.param("X-Prometheus-Scrape-Timeout-Seconds", "0", id="a timeout of 0"),
    ],
)
def test_no_header_breaks_a_scrape(app: Starlette, name: str, value: str) -> None:
    answer = ask(app, "/metrics", {name: value})
    assert answer.status == 200
    assert answer.headers["content-type"] == TEXT
    assert values(parse_text(answer.text))["fusebill_service_job_up"] == 1


@pytest.mark.parametrize("path", ["/metrics", f"/probe?target={JOB}", "/probe?target=9"])
@pytest.mark.parametrize("timeout", ["soon", "nan", "-1", "\xb2"])
def test_a_scrape_whose_timeout_is_no_number_is_refused_and_costs_no_read(
    app: Starlette, api: Simulator, path: str, timeout: str
) -> None:
    answer = ask(app, path, {"X-Prometheus-Scrape-Timeout-Seconds": timeout})
    assert answer.status == 400
    assert answer.text == (
        "X-Prometheus-Scrape-Timeout-Seconds: expected a number of seconds, such as 10\n"
    )
    assert api.requests == []


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.DROP, Fault.HTML, Fault.FORBIDDEN])
def test_a_scrape_is_answered_when_the_api_fails(
    app: Starlette, api: Simulator, fault: Fault
) -> None:
    api.fail(fault)
    answer = ask(app, "/metrics")
    assert answer.status == 200
    assert values(parse_text(answer.text))["fusebill_service_job_up"] == 0


def test_a_scrape_is_answered_within_its_own_timeout_when_the_api_hangs(
    app: Starlette, api: Simulator
) -> None:
    api.fail(Fault.HANG)
    answer = ask(app, "/metrics", {"X-Prometheus-Scrape-Timeout-Seconds": "0.6"})
    shown = values(parse_text(answer.text))
    assert answer.status == 200
    assert "fusebill_service_job_up" not in shown
    assert shown["fusebill_exporter_collect_duration_seconds"] < 30


@pytest.mark.parametrize("path", ["/metrics", "/probe?target=9"])
def test_the_time_of_a_scrape_counts_from_the_request(
    app: Starlette, api: Simulator, path: str
) -> None:
    api.fail(Fault.HANG)

    async def late() -> tuple[Answer, float]:
        began = asyncio.get_running_loop().time()
        headers = {"X-Prometheus-Scrape-Timeout-Seconds": "50"}
        answer = await answer_to(app, Ask(path, headers), {"arrived": began - 50})
        return answer, asyncio.get_running_loop().time() - began

    answer, seconds = asyncio.run(late())
    assert answer.status == 200
    assert seconds < 25


def test_the_scrapes_of_two_scrapers_cost_one_read(app: Starlette, api: Simulator) -> None:
    async def both() -> list[int]:
        answers = await asyncio.gather(*(answer_to(app, Ask("/metrics")) for _ in range(2)))
        return [answer.status for answer in answers]

    assert asyncio.run(both()) == [200, 200]
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/metrics/",
        "/metrics%0A",
        "/metrics/x",
        "/Metrics",
        "/metric",
        "//",
        "//metrics",
        "/-/healthy/",
        "/-/ready/",
        "/-/",
        "/-/quit",
        "/favicon.ico",
        "/..%2fmetrics",
        "/%00",
        "",
    ],
)
def test_only_exact_paths_answer(app: Starlette, api: Simulator, path: str) -> None:
    answer = ask(app, path)
    assert answer.status == 404
    assert "location" not in answer.headers
    assert api.requests == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_only_get_and_head_are_allowed(
    app: Starlette, api: Simulator, path: str, method: str
) -> None:
    answer = ask_all(app, Ask(path, method=method))[0]
    assert answer.status == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert api.requests == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("path", "text"), [("/-/healthy", "Healthy\n"), ("/-/ready", "Ready\n")], ids=PATHS[2:]
)
def test_health_and_readiness_never_call_the_api(
    app: Starlette, api: Simulator, path: str, text: str, method: str
) -> None:
    answer = ask_all(app, Ask(path, method=method))[0]
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert int(answer.headers["content-length"]) == len(text)
    assert api.requests == []
    if method == "GET":
        assert answer.text == text


def test_a_program_that_is_about_to_end_is_healthy_but_not_ready(
    app: Starlette, collector: Collector
) -> None:
    collector.stop()
    healthy, ready = ask_all(app, Ask("/-/healthy"), Ask("/-/ready"))
    assert (healthy.status, healthy.text) == (200, "Healthy\n")
    assert (ready.status, ready.text) == (503, "Shutting down\n")


def test_a_scrape_is_answered_while_the_program_is_about_to_end(
    app: Starlette, collector: Collector, api: Simulator
) -> None:
    api.fail(Fault.HANG)
    collector.stop()
    assert ask(app, "/metrics").status == 200


def test_the_page_shows_what_a_scrape_has_read(app: Starlette, api: Simulator) -> None:
    scrape, page = ask_all(app, Ask("/metrics"), Ask("/"))
    assert (scrape.status, page.status) == (200, 200)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert str(JOB) in page.text
    assert "succeeded" in page.text
    assert len(api.requests) == 1


def test_the_metrics_are_where_the_operator_wants_them_and_nowhere_else(
    collector: Collector,
) -> None:
    app = create_app(collector, "/fusebill/metrics.txt")
    mine, usual, page = ask_all(app, Ask("/fusebill/metrics.txt"), Ask("/metrics"), Ask("/"))
    assert (mine.status, usual.status) == (200, 404)
    assert 'href="fusebill/metrics.txt"' in page.text


def test_a_dot_in_the_telemetry_path_is_a_dot(collector: Collector) -> None:
    assert ask(create_app(collector, "/metrics.txt"), "/metricsAtxt").status == 404


def app_that_notes_its_time(jobs: int, allowed: list[float]) -> Starlette:
    """Return an application that notes how many seconds each refresh is allowed."""
    account = ScriptedAccount(Script(dict.fromkeys(range(1, jobs + 1), NO_KEY)), jobs=jobs)
    collector = Collector([account.refresher], now, 60.0)

    async def check_files(seconds: float) -> None:
        allowed.append(seconds)

    collector.adopt([account.refresher], 60.0, ConfigView(0.0), check_files)
    return create_app(collector, "/metrics")


def test_the_time_to_render_every_job_is_left_from_the_first_scrape_on() -> None:
    allowed: list[float] = []
    ask(app_that_notes_its_time(10_000, allowed), "/metrics")
    assert allowed == [pytest.approx(59.5 - 10_000 * RENDER_ONE_JOB)]


def test_what_only_the_program_knows_is_in_the_metrics_and_on_the_page(
    collector: Collector,
) -> None:
    def complete(snapshot: Snapshot) -> Snapshot:
        web_config = WebConfigView(("web.yml: expected YAML",))
        return replace(snapshot, web_config=web_config, log_lines_dropped=3)

    app = create_app(collector, "/metrics", complete=complete)
    scrape, page = ask_all(app, Ask("/metrics"), Ask("/"))
    assert "\nfusebill_exporter_web_config_ok 0.0\n" in scrape.text
    assert "\nfusebill_exporter_log_lines_dropped_total 3.0\n" in scrape.text
    assert "web.yml: expected YAML" in page.text


class SteppingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock goes on by a twentieth of a second each time it is read."""

    looks = 0

    def time(self) -> float:
        self.looks += 1
        return super().time() + self.looks / 20


def run_stepping(story: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=SteppingLoop) as runner:
        return runner.run(story)


def test_others_have_their_turns_while_an_exposition_is_written() -> None:
    turns = Turns()

    async def story() -> None:
        account = ScriptedAccount(Script(), jobs=10 * MOST)
        app = create_app(Collector([account.refresher], now, 0.0), "/metrics")
        await turns.beside(answer_to(app, Ask("/metrics", {"Accept-Encoding": "gzip"})))

    run_stepping(story())
    assert turns.had > 10


def test_what_a_slow_exposition_took_is_left_for_the_next() -> None:
    allowed: list[float] = []

    async def story() -> None:
        app = app_that_notes_its_time(1_000, allowed)
        for _ in range(2):
            await answer_to(app, Ask("/metrics"))

    run_stepping(story())
    assert allowed[1] < allowed[0]


class CountingPage(Page):
    """A page that takes as long to draw as the event loop has anything else to do."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__("/metrics")
        self._loop = loop
        self._drawing = self.most = self.drawn = 0

    def body(self, snapshot: Snapshot, choice: Choice = ALL) -> bytes:
        """Count the pages that are drawn, and the most at once."""
        self.drawn += 1
        self._drawing += 1
        self.most = max(self.most, self._drawing)
        asyncio.run_coroutine_threadsafe(rounds(), self._loop).result()
        self._drawing -= 1
        return super().body(snapshot, choice)


async def rounds() -> None:
    """Let all other tasks have their turns."""
    for _ in range(100):
        await asyncio.sleep(0)


def test_pages_that_are_asked_for_at_once_are_drawn_once_and_never_two_together() -> None:
    async def all_at_once() -> tuple[list[int], int, int]:
        page = CountingPage(asyncio.get_running_loop())
        app = Starlette(routes=[Route("/", index(Collector([], now, 60.0), page))])
        asks = [Ask("/", {"Accept-Encoding": encoding}) for encoding in ("", "gzip") * 5]
        answers = await asyncio.gather(*(answer_to(app, one) for one in asks))
        return [answer.status for answer in answers], page.drawn, page.most

    assert asyncio.run(all_at_once()) == ([200] * 10, 1, 1)


def test_of_too_many_different_pages_at_once_some_are_refused() -> None:
    async def all_at_once() -> list[int]:
        page = CountingPage(asyncio.get_running_loop())
        app = Starlette(routes=[Route("/", index(Collector([], now, 60.0), page))])
        asks = [Ask(f"/?find={number}") for number in range(MOST_WAITING + 5)]
        answers = await asyncio.gather(*(answer_to(app, one) for one in asks))
        return sorted(answer.status for answer in answers)

    statuses = asyncio.run(all_at_once())
    assert (statuses[0], statuses[-1]) == (200, 503)
    assert statuses.count(200) >= MOST_WAITING


def test_the_page_is_loaded_by_the_thread_that_draws_it() -> None:
    used: list[str] = []

    class NotingPage(Page):
        @property
        def headers(self) -> dict[str, str]:
            used.append("headers")
            return super().headers

        def body(self, snapshot: Snapshot, choice: Choice = ALL) -> bytes:
            used.append("body")
            return super().body(snapshot, choice)

    page = index(Collector([], now, 60.0), NotingPage("/metrics"))
    assert ask(Starlette(routes=[Route("/", page)]), "/").status == 200
    assert used == ["body", "headers"], "whichever is first loads it"


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [("state=succeeded", True), (f"find={JOB}", True), ("state=failed", False), ("token=7", True)],
)
def test_the_page_shows_the_jobs_that_its_address_chooses(
    app: Starlette, query: str, is_shown: bool
) -> None:
    _, page = ask_all(app, Ask("/metrics"), Ask(f"/?{query}"))
    assert (f'<td role="cell" class="id">{JOB}</td>' in page.text) is is_shown


def test_an_address_that_the_page_does_not_know_is_refused_and_reads_nothing(
    app: Starlette, api: Simulator
) -> None:
    answer = ask(app, "/?state=fialed")
    assert answer.status == 400
    assert answer.text.startswith("state: expected one of failed, partial, unreadable")
    assert not api.requests


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("gzip, br", "gzip"), ("gzip;q=0", None), ("", None)]
)
def test_the_page_is_packed_where_that_is_accepted(
    app: Starlette, accepted: str, encoding: str | None
) -> None:
    answer = ask(app, "/", {"Accept-Encoding": accepted})
    body = gzip.decompress(answer.body) if encoding else answer.body
    assert answer.headers.get("content-encoding") == encoding
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert body.startswith(b"<!doctype html>")
    assert "Accept-Encoding" in answer.headers["vary"]


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_scrapes_at_the_same_time_share_one_exposition(encoding: str) -> None:
    drawn = 0

    def counted(snapshot: Snapshot) -> Snapshot:
        nonlocal drawn
        drawn += 1
        return snapshot

    async def all_at_once() -> list[Answer]:
        account = ScriptedAccount(Script(), jobs=3)
        app = create_app(Collector([account.refresher], now, 60.0), "/metrics", complete=counted)
        asks = [Ask("/metrics", {"Accept-Encoding": encoding})] * 20
        return await asyncio.gather(*(answer_to(app, one) for one in asks))

    answers = asyncio.run(all_at_once())
    assert drawn <= 2
    assert {answer.status for answer in answers} == {200}
    assert all(len(answer.body) > 1000 for answer in answers)
