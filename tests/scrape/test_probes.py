"""`/probe`: one job, watched or not, by the same readings, budget and single flight as a scrape."""

import asyncio
import gzip
import threading

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.model.attempt import Answer as Read
from exporter.model.failures import Unauthorized
from exporter.scrape.collector import PROBED, Collector
from exporter.simulator import Fault, Limits, SimulatedJob
from exporter.web.app import create_app
from tests.support.asgi import Answer, Ask, answer_to, ask, ask_all
from tests.support.bench import LONG, Bench, run
from tests.support.readers import Gate, Script
from tests.support.stage import START, Stage

WATCHED, OTHER, MISSING = 1, 2, 3
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def stage(limits: Limits | None = None) -> Stage:
    """Return an application that watches one job of two."""
    made = Stage(
        SimulatedJob(WATCHED, created=START, runs=1e6), **({"limits": limits} if limits else {})
    )
    made.api.put(SimulatedJob(OTHER, created=START, total=7, runs=1e6))
    return made


def probe(job_id: object, account: str = "live") -> Ask:
    return Ask(f"/probe?target={job_id}&account={account}")


def values(answer: Answer) -> dict[str, float]:
    """Return each sample by its name and the values of its labels but for account and job."""
    assert answer.status == 200
    return {
        "/".join((sample.name, *list(sample.labels.values())[2:])): sample.value
        for family in parse_text(answer.text)
        for sample in family.samples
    }


def test_a_job_that_is_not_watched_is_read_and_shown_alone() -> None:
    made = stage()
    with made.api:
        shown, metrics = ask_all(made.app, probe(OTHER), Ask("/metrics"))
    assert values(shown)["fusebill_service_job_items"] == 7
    assert values(shown)["fusebill_service_job_up"] == 1
    assert all(name.startswith("fusebill_service_job_") for name in values(shown))
    assert 'job_id="2"' not in metrics.text
    assert [request.path for request in made.api.requests] == [
        f"/v1/serviceJobs/{OTHER}",
        f"/v1/serviceJobs/{WATCHED}",
    ]


def test_a_watched_job_is_read_once_by_scrapes_and_probes() -> None:
    made = stage()
    with made.api:
        first, _, again = ask_all(made.app, probe(WATCHED), Ask("/metrics"), probe(WATCHED))
    assert values(first) == values(again)
    assert len(made.api.requests) == 1


def test_what_a_probe_has_read_is_read_again_after_refresh_active() -> None:
    made = stage()

    async def story() -> None:
        for _ in range(5):
            await answer_to(made.app, probe(OTHER))
            made.seconds += 5.0

    with made.api:
        asyncio.run(story())
    assert len(made.api.requests) == 3


def test_probes_and_scrapes_at_once_cost_one_read() -> None:
    made = stage()

    async def story() -> list[Answer]:
        asks = (probe(WATCHED), Ask("/metrics"), probe(WATCHED))
        return await asyncio.gather(*(answer_to(made.app, one) for one in asks))

    with made.api:
        answers = asyncio.run(story())
    assert {answer.status for answer in answers} == {200}
    assert len(made.api.requests) == 1


def test_a_probe_spends_from_the_budget_of_its_account() -> None:
    made = stage(Limits(minute=8, day=500))
    with made.api:
        first, second, third, metrics = ask_all(
            made.app, probe(WATCHED), probe(OTHER), probe(MISSING), Ask("/metrics")
        )
    assert "fusebill_service_job_up" in values(first)
    assert "fusebill_service_job_up" in values(second)
    assert "fusebill_service_job_up" not in values(third), "it was not attempted"
    assert len(made.api.requests) == 2
    assert 'fusebill_reads_deferred_total{account="live",cause="budget"} 1.0' in metrics.text


def test_a_job_that_the_api_does_not_know_is_down() -> None:
    made = stage()
    with made.api:
        answer, again = ask_all(made.app, probe(MISSING), probe(MISSING))
    assert values(answer)["fusebill_service_job_up"] == 0
    assert f'fetch_error{{account="live",job_id="{MISSING}",reason="not_found"}} 1.0' in answer.text
    assert values(again)["fusebill_service_job_fetch_errors_total"] == 1, "it waits its back-off"


def test_a_probe_is_answered_within_the_scrapers_timeout() -> None:
    made = stage()
    made.api.fail(Fault.HANG)
    headers = {"X-Prometheus-Scrape-Timeout-Seconds": "0.6"}
    with made.api:
        answer = ask(made.app, f"/probe?target={OTHER}&account=live", headers)
    assert "fusebill_service_job_up" not in values(answer)


@pytest.mark.parametrize(
    "path", ["/probe", "/probe?target=x&account=live", "/probe?target=1&account=x"]
)
def test_what_is_no_job_is_refused_and_asks_nothing(path: str) -> None:
    made = stage()
    with made.api:
        answer = ask(made.app, path)
    assert answer.status == 400
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "expected" in answer.text
    assert not made.api.requests


def test_a_probe_is_in_the_format_that_is_asked_for() -> None:
    made = stage()
    headers = {"Accept": OPENMETRICS, "Accept-Encoding": "gzip"}
    with made.api:
        answer = ask(made.app, f"/probe?target={OTHER}&account=live", headers)
    assert answer.headers["content-type"] == OPENMETRICS
    text = gzip.decompress(answer.body).decode()
    assert {family.name for family in parse_openmetrics(text)} >= {"fusebill_service_job_items"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_probe_is_a_get(method: str) -> None:
    made = stage()
    with made.api:
        answer = ask_all(made.app, probe(OTHER)._replace(method=method))[0]
    assert answer.status == 405


class Stuck(Script):
    """Read for some jobs only when it is let."""

    def __init__(self, *job_ids: int) -> None:
        super().__init__()
        self.job_ids = job_ids
        self.let = threading.Event()

    def read(self, job_id: int) -> Read:
        if job_id in self.job_ids:
            self.let.wait()
        return super().read(job_id)


def test_a_probe_does_not_wait_for_the_reads_of_others() -> None:
    async def story() -> None:
        stuck = Stuck(1, 2)
        bench = Bench(stuck, jobs=2, concurrency=3)
        scrape = asyncio.create_task(bench.scrape())
        await asyncio.sleep(0)
        asked = asyncio.create_task(bench.probe(7))
        done, _ = await asyncio.wait({scrape, asked}, return_when=asyncio.FIRST_COMPLETED)
        assert done == {asked}
        assert bench.ledger.view_of(7, bench.clock()).jobs[0].state == "running"
        stuck.let.set()
        await scrape

    run(story())


def test_a_probe_waits_for_a_slot() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=1, concurrency=1)
        both = asyncio.gather(bench.scrape(), bench.probe(7))
        while not gate.waiting:  # noqa: ASYNC110
            await asyncio.sleep(0)
        gate.open()
        await both
        assert gate.asked == [1, 7]

    run(story())


def test_ten_thousand_probed_jobs_are_remembered() -> None:
    assert PROBED == 10_000


def collector_of(bench: Bench) -> Collector:
    return Collector([bench.refresher], bench.clock, 10.0)


def test_so_many_probed_jobs_are_remembered_and_the_least_recently_asked_go_first() -> None:
    async def story() -> None:
        refused = Script(dict.fromkeys(range(1, PROBED + 3), Unauthorized("refused", 401)))
        bench = Bench(refused, jobs=0)
        collector, roster = collector_of(bench), bench.ledger.roster
        for job_id in range(1, PROBED + 1):
            await collector.probe("live", job_id, LONG)
        assert all(job_id in roster for job_id in range(1, PROBED + 1))
        assert bench.reader.asked == [1], "the key is refused: one attempt"
        await collector.probe("live", 1, LONG)
        await collector.probe("live", PROBED + 1, LONG)
        await collector.probe("live", PROBED + 2, LONG)
        assert [job_id for job_id in range(1, PROBED + 3) if job_id not in roster] == [2, 3]

    run(story())


def test_a_job_that_was_forgotten_is_read_anew() -> None:
    async def story() -> None:
        bench = Bench(Script(), jobs=0)
        collector = collector_of(bench)
        await collector.probe("live", 1, LONG)
        bench.ledger.forget(1)
        await collector.probe("live", 1, LONG)
        assert bench.reader.asked == [1, 1]

    run(story())


def test_the_application_serves_probes_of_every_account_by_its_name() -> None:
    bench = Bench(Script(), jobs=0)
    app = create_app(collector_of(bench), "/metrics")
    assert ask(app, "/probe?target=9").status == 200
    assert ask(app, "/probe?target=9&account=other").status == 400
