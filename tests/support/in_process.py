"""The exporter in this process: the application over the simulated API, both on one clock."""

from collections.abc import Callable

from prometheus_client.parser import text_string_to_metric_families as parse

from exporter.api.client import Client
from exporter.config.sections import Account, Quota, Refresh, WatchedJob
from exporter.jobs.ledger import Ledger
from exporter.model.instant import Instant
from exporter.quota.budget import make_budget
from exporter.scrape.collector import Collector
from exporter.scrape.refresh import AccountRefresher
from exporter.simulator import LIVE, Limits, SimulatedJob, Simulator
from exporter.web.app import create_app
from tests.support.asgi import Answer, Ask, answer_to
from tests.support.readers import KEY, FixedKey, beside

START = 1_700_000_000.0
Series = dict[tuple[str, str], float]
"""Values by the family's name, without its prefix, and its labels' values, joined by slashes."""


def series_of(answer: Answer, skipped_labels: int = 0) -> Series:
    """Return the exporter's series in the answer to a scrape, without the first few labels."""
    assert answer.status == 200
    return {
        (
            sample.name.removeprefix("fusebill_"),
            "/".join(list(sample.labels.values())[skipped_labels:]),
        ): sample.value
        for family in parse(answer.text)
        for sample in family.samples
        if sample.name.startswith("fusebill_")
    }


class InProcessExporter:
    """The application over a simulated API with these jobs, all watched.

    `timeout` is that of a read, in real seconds: only a read that hangs should take so long. `way`
    returns the URL that leads to the API's.
    """

    def __init__(
        self,
        *jobs: SimulatedJob,
        limits: Limits = LIVE,
        timeout: float = 30.0,
        way: Callable[[str], str] = str,
    ) -> None:
        self.seconds = 0.0
        self.api = Simulator(jobs, api_key=KEY, clock=lambda: START + self.seconds, limits=limits)
        refresh = Refresh().model_copy(update={"timeout": timeout})
        account = Account(base_url=way(self.api.base_url))
        self.client = Client(account, FixedKey(), refresh, {}, self.now)
        watched = [WatchedJob(id=job.id) for job in jobs]
        ledger = Ledger(
            "live",
            watched,
            refresh=refresh,
            budget=make_budget(Quota()),
            jitter=lambda: 0.0,
        )
        refresher = AccountRefresher(
            ledger, beside(self.client.read), concurrency=8, clock=self.now
        )
        self.app = create_app(Collector([refresher], self.now, 60.0), "/metrics")

    def now(self) -> Instant:
        return Instant(self.seconds, START + self.seconds)

    async def scrape(self, after: float = 0.0) -> Series:
        """Let `after` seconds pass, scrape, and return the series without the account's name."""
        self.seconds += after
        answer = await answer_to(self.app, Ask("/metrics"))
        return series_of(answer, skipped_labels=1)
