"""What scrapes do after an answer that asks to wait, whoever gives it."""

import asyncio
from email.utils import formatdate

import pytest

from exporter.simulator import SimulatedJob
from tests.api.raw_api import raw_api
from tests.support.in_process import START, InProcessExporter, Series

CAUSES = {503: "unreachable", 429: "rate_limited"}


async def scrapes(exporter: InProcessExporter, *seconds: float) -> Series:
    """Scrape after each of these times; return what the last scrape showed."""
    for after in seconds:
        series = await exporter.scrape(after)
    return series


@pytest.mark.parametrize("status", CAUSES)
@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        pytest.param("1200", 1200, id="seconds"),
        pytest.param(formatdate(START + 1200, usegmt=True), 1200, id="a date"),
        pytest.param("86400", 3600, id="a day"),
        pytest.param(formatdate(START + 86_400, usegmt=True), 3600, id="a date tomorrow"),
    ],
)
def test_an_answer_that_asks_to_wait_is_obeyed_for_up_to_an_hour(
    status: int, asked: str, waits: int
) -> None:
    answer = f"HTTP/1.1 {status} Wait\r\nRetry-After: {asked}\r\nContent-Length: 0\r\n\r\n"
    jobs = (SimulatedJob(job_id) for job_id in range(1, 9))
    with raw_api(lambda _: [answer.encode()], keeps=True) as api:
        exporter = InProcessExporter(*jobs, way=lambda _: api.base_url)
        series = asyncio.run(scrapes(exporter, 0, *[5.0] * 9, waits - 46))
        assert len(api.requests) == 1
        assert series["api_blocked", CAUSES[status]] == 1
        until = series["api_blocked_until_timestamp_seconds", CAUSES[status]]
        assert until == pytest.approx(START + waits, abs=1)
        asyncio.run(scrapes(exporter, 2))
        assert len(api.requests) == 2
        exporter.client.close()
        exporter.api.close()
