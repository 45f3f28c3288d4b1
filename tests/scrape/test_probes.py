"""`/probe`: one job, watched or not, by the same readings, budget and single flight as a scrape."""

import asyncio
import gzip

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.scrape.collector import Collector
from exporter.simulator import Fault, Limits, SimulatedJob
from exporter.web.app import create_app
from tests.support.asgi import Answer, Ask, answer_to, ask, ask_all
from tests.support.in_process import START, InProcessExporter
from tests.support.readers import Script
from tests.support.scripted_account import ScriptedAccount

WATCHED, OTHER, MISSING = 1, 2, 3


OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def exporter(limits: Limits | None = None) -> InProcessExporter:
    """Return an application that watches one job of two."""
    made = InProcessExporter(
        SimulatedJob(WATCHED, created=START, runs=1e6), **({"limits": limits} if limits else {})
    )
    made.api.put(SimulatedJob(OTHER, created=START, total=7, runs=1e6))
    return made


def probe(job_id: object, account: str = "live") -> Ask:
    return Ask(f"/probe?target={job_id}&account={account}")


def values(answer: Answer) -> dict[str, float]:
    """Return each sample by its name and the values of its labels without account and job."""
    assert answer.status == 200
    return {
        "/".join((sample.name, *list(sample.labels.values())[2:])): sample.value
        for family in parse_text(answer.text)
        for sample in family.samples
    }


def test_a_job_that_is_not_watched_is_read_and_shown_alone() -> None:
    made = exporter()
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
    made = exporter()
    with made.api:
        first, _, again = ask_all(made.app, probe(WATCHED), Ask("/metrics"), probe(WATCHED))
    assert values(first) == values(again)
    assert len(made.api.requests) == 1


def test_a_probed_job_is_read_again_after_refresh_active() -> None:
    made = exporter()

    async def story() -> None:
        for _ in range(5):
            await answer_to(made.app, probe(OTHER))
            made.seconds += 5.0

    with made.api:
        asyncio.run(story())
    assert len(made.api.requests) == 3


def test_probes_and_scrapes_at_once_cost_one_read() -> None:
    made = exporter()

    async def story() -> list[Answer]:
        asks = (probe(WATCHED), Ask("/metrics"), probe(WATCHED))
        return await asyncio.gather(*(answer_to(made.app, one) for one in asks))

    with made.api:
        answers = asyncio.run(story())
    assert {answer.status for answer in answers} == {200}
    assert len(made.api.requests) == 1


def test_a_probe_spends_from_the_budget_of_its_account() -> None:
    made = exporter(Limits(minute=8, day=500))
    with made.api:
        first, second, third, metrics = ask_all(
            made.app, probe(WATCHED), probe(OTHER), probe(MISSING), Ask("/metrics")
        )
    assert "fusebill_service_job_up" in values(first)
    assert "fusebill_service_job_up" in values(second)
    assert "fusebill_service_job_up" not in values(third), "it was not attempted"
    assert len(made.api.requests) == 2
    assert 'fusebill_reads_deferred_total{account="live",cause="budget"} 1.0' in metrics.text


def test_a_probed_job_that_the_api_does_not_know_is_not_up() -> None:
    made = exporter()
    with made.api:
        answer, again = ask_all(made.app, probe(MISSING), probe(MISSING))
    assert values(answer)["fusebill_service_job_up"] == 0
    assert f'fetch_error{{account="live",job_id="{MISSING}",reason="not_found"}} 1.0' in answer.text
    assert values(again)["fusebill_service_job_fetch_errors_total"] == 1, "it waits its back-off"


def test_a_probe_is_answered_within_the_scrapers_timeout() -> None:
    made = exporter()
    made.api.fail(Fault.HANG)
    headers = {"X-Prometheus-Scrape-Timeout-Seconds": "0.6"}
    with made.api:
        answer = ask(made.app, f"/probe?target={OTHER}&account=live", headers)
    assert "fusebill_service_job_up" not in values(answer)


@pytest.mark.parametrize(
    "path", ["/probe", "/probe?target=x&account=live", "/probe?target=1&account=x"]
)
def test_a_probe_without_a_valid_target_or_account_is_a_400_and_makes_no_read(path: str) -> None:
    made = exporter()
    with made.api:
        answer = ask(made.app, path)
    assert answer.status == 400
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "expected" in answer.text
    assert not made.api.requests


def test_a_probe_is_answered_in_the_format_that_is_asked_for() -> None:
    made = exporter()
    headers = {"Accept": OPENMETRICS, "Accept-Encoding": "gzip"}
    with made.api:
        answer = ask(made.app, f"/probe?target={OTHER}&account=live", headers)
    assert answer.headers["content-type"] == OPENMETRICS
    text = gzip.decompress(answer.body).decode()
    assert {family.name for family in parse_openmetrics(text)} >= {"fusebill_service_job_items"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_probe_with_another_method_than_get_is_a_405(method: str) -> None:
    made = exporter()
    with made.api:
        answer = ask_all(made.app, probe(OTHER)._replace(method=method))[0]
    assert answer.status == 405


def collector_of(account: ScriptedAccount) -> Collector:
    return Collector([account.refresher], account.clock, 10.0)


def test_the_application_serves_probes_of_every_account_by_its_name() -> None:
    account = ScriptedAccount(Script(), jobs=0)
    app = create_app(collector_of(account), "/metrics")
    assert ask(app, "/probe?target=9").status == 200
    assert ask(app, "/probe?target=9&account=other").status == 400
