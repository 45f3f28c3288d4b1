"""What scrapes show while something between drops, resets or forgets the connections."""

import asyncio
from collections.abc import Iterator

import pytest

from exporter.simulator import SimulatedJob
from tests.support.in_process import START, InProcessExporter
from tests.support.tcp_proxy import Fate, TcpProxy, tcp_proxy

JOBS = range(1, 9)


@pytest.fixture
def proxy() -> Iterator[TcpProxy]:
    with tcp_proxy() as one:
        yield one


@pytest.fixture
def exporter(proxy: TcpProxy) -> Iterator[InProcessExporter]:
    jobs = (SimulatedJob(job_id, created=START, runs=10_000.0) for job_id in JOBS)
    made = InProcessExporter(*jobs, way=proxy.to)
    with made.api:
        yield made
        made.client.close()


def up(exporter: InProcessExporter, after: float) -> list[float]:
    """Scrape once; return whether the API is up, and for each job whether its read worked."""
    series = asyncio.run(exporter.scrape(after))
    return [series["up", ""], *(series["service_job_up", str(job_id)] for job_id in JOBS)]


ALL_UP = [1.0] * 9


@pytest.mark.parametrize("fate", list(Fate), ids=lambda fate: fate.name)
def test_flows_that_a_firewall_has_forgotten_are_not_used_again(
    exporter: InProcessExporter, proxy: TcpProxy, fate: Fate
) -> None:
    assert up(exporter, after=0) == ALL_UP
    proxy.forget(fate)
    assert up(exporter, after=90) == ALL_UP
    assert proxy.requests == 2 * len(JOBS)


@pytest.mark.parametrize("fate", [Fate.CLOSE, Fate.RESET], ids=lambda fate: fate.name)
def test_connections_that_end_as_they_are_used_again_fail_no_read(
    exporter: InProcessExporter, proxy: TcpProxy, fate: Fate
) -> None:
    proxy.script = lambda _flow, request: fate if request else Fate.PASS
    assert [up(exporter, after=30) for _ in range(3)] == [ALL_UP] * 3


def test_both_requests_of_a_read_count_against_the_budget(
    exporter: InProcessExporter, proxy: TcpProxy
) -> None:
    before = asyncio.run(exporter.scrape())
    proxy.script = lambda _flow, request: Fate.CLOSE if request else Fate.PASS
    after = asyncio.run(exporter.scrape(after=30))
    spent = before["api_budget_remaining", "minute"] - after["api_budget_remaining", "minute"]
    assert spent == proxy.requests - len(JOBS)
    assert after["api_requests_total", "200"] == 2 * len(JOBS)
