"""The demo, watched by a Prometheus with the shipped rules until it has been down for a while."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.conftest import Prometheus, prometheus
from tests.e2e.waiting import PATIENCE, until
from tests.grafana.asking import asked
from tests.grafana.committed import ROOT, Query
from tests.support.demo import jobs_of_demo
from tests.support.program import LOOPBACK, started

WELL = "price-push-23"
LOOKED_AT = (WELL, "unreadable", "stalled", "seat-true-up-24", "job-of-reserve-reached")
"""Jobs for the dashboard of one job: one that runs well, two with a trouble, one that has ended,
and one of an account that is blocked.
"""


def id_of(name: str) -> str:
    """Return the id of a job."""
    (job_id,) = (job_id for (_, job_id), other in jobs_of_demo().items() if other == name)
    return job_id


_READS_GO_ON = 'increase(fusebill_api_requests_total{code="200"}[1m]) > 0'
_LONG_ENOUGH = "count_over_time(up[1m]) > 12"
"""A query may look at every tenth second."""

_STALLED = 'ALERTS{alertname="FusebillServiceJobStalled",alertstate="firing"}'
_DOWN = "instance_account_job_id:fusebill_service_job:watched and on (instance) up == 0"


@dataclass(frozen=True)
class Watched:
    """A Prometheus that has seen the demo, at two times in Unix seconds.

    `up` is when it last scraped the demo, and `down` when it had failed to for a while.
    """

    server: Prometheus
    up: float
    down: float

    def finds(self, query: Query, name: str, *, down: bool) -> bool:
        """Return whether a query finds anything, on the dashboard of one job for that job.

        A chart is looked at from a minute before the last scrape.
        """
        at = self.down if down else self.up
        expression = asked(query.expr, job_id=id_of(name))
        if query.instant:
            return bool(self.server.found(expression, at))
        start, step = str(self.up - 60), str(1 + (at - self.up) // 100)
        found: Any = self.server.get(
            "query_range", query=expression, start=start, end=str(at), step=step
        )
        return bool(found["result"])


@contextmanager
def watched_demo(folder: Path, seconds: float) -> Iterator[Watched]:
    """Run the demo and Prometheus, end the demo, and wait until that is `seconds` ago."""
    with ExitStack() as stack:
        demo = stack.enter_context(started("demo", LOOPBACK))
        rules = ROOT / "prometheus/fusebill.rules.yml"
        targets = {"fusebill": demo.addresses[0]}
        server = stack.enter_context(prometheus(folder, targets, rules=rules))
        server.wait(_STALLED)
        server.wait(_READS_GO_ON)
        server.wait(_LONG_ENOUGH)
        assert demo.end() == 0
        server.wait(_DOWN)
        up = _last_scrape(server)
        long_ago = f"vector(time()) > {up + seconds}"
        patience = PATIENCE + seconds
        until(lambda: server.found(long_ago), bool, "the last scrape is too new", patience)
        server.wait(_DOWN)
        yield Watched(server, up, time.time())


def _last_scrape(server: Prometheus) -> float:
    """Return when the demo was last scraped."""
    (samples,) = server.found("up[10m]")
    return max(at for at, value in samples["values"] if value == "1")
