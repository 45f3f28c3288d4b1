"""All programs at once: simulated API, exporter, Prometheus, Alertmanager and an inbox."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from exporter.simulator import Simulator
from tests.e2e.alertmanager import (
    Alert,
    Alertmanager,
    Inbox,
    Notice,
    alertmanager,
    inbox,
    without_waits,
)
from tests.e2e.conftest import Prometheus, free_port, need, prometheus
from tests.e2e.waiting import until
from tests.support.program import Program, started


class Clock:
    """The simulated API's clock, which stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now


class Exporter:
    """The exporter, at an address that stays the same when it is restarted."""

    def __init__(self, folder: Path, base_url: str, stack: ExitStack) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self._file = folder / "config.yaml"
        self._base_url = base_url
        self._stack = stack
        self._program: Program | None = None

    def start(self, jobs: Iterable[tuple[int, str]]) -> None:
        """Start, or restart, the exporter with these jobs, each an id and a name."""
        if self._program is not None:
            assert self._program.end() == 0
        self._configure(jobs)
        arguments = (f"--config.file={self._file}", f"--web.listen-address={self.address}")
        self._program = self._stack.enter_context(started(*arguments))

    def reload(self, jobs: Iterable[tuple[int, str]]) -> None:
        """Reload the running exporter with these jobs."""
        assert self._program is not None
        self._configure(jobs)
        assert self._program.ask("/-/reload", method="POST").status == 200

    def _configure(self, jobs: Iterable[tuple[int, str]]) -> None:
        account = {
            "name": "live",
            "base_url": self._base_url,
            "jobs": [{"id": job_id, "name": name} for job_id, name in jobs],
        }
        config = {"accounts": [account], "refresh": {"active": "100ms"}}
        self._file.write_text(json.dumps(config), encoding="utf-8")


@dataclass(frozen=True)
class Seen:
    """The state of all programs at one time."""

    raised: frozenset[tuple[str, str, str]]
    """Prometheus's alerts: name, "pending" or "firing", and the job id, if there is one."""
    fired: frozenset[tuple[str, str]]
    """The alerts that have fired at any time so far: name and job id."""
    alerts: tuple[Alert, ...]
    """Alertmanager's alerts."""
    notices: tuple[Notice, ...]
    """The notifications so far."""

    def alert(self, name: str) -> Alert:
        """Return Alertmanager's only alert of that name."""
        found = [alert for alert in self.alerts if alert.labels["alertname"] == name]
        assert len(found) == 1, f"Alertmanager has {len(found)} alerts {name}"
        return found[0]


@dataclass(frozen=True)
class Programs:
    """The running programs."""

    clock: Clock
    api: Simulator
    exporter: Exporter
    prometheus: Prometheus
    alertmanager: Alertmanager
    inbox: Inbox

    def found(self, query: str) -> list[dict[str, str]]:
        """Return the labels of each series that a query finds now."""
        return [sample["metric"] for sample in self.prometheus.found(query)]

    def wait(self, query: str) -> None:
        """Wait until a query finds something, and then for some evaluations of the rules."""
        self.prometheus.wait(query)

    def look(self) -> Seen:
        """Return the present state of all programs."""
        answer: Any = self.prometheus.get("alerts")
        raised = [(alert["labels"], alert["state"]) for alert in answer["alerts"]]
        fired = self.found('max_over_time(ALERTS{alertstate="firing"}[1h])')
        return Seen(
            frozenset((of["alertname"], state, of.get("job_id", "")) for of, state in raised),
            frozenset((of["alertname"], of.get("job_id", "")) for of in fired),
            self.alertmanager.alerts(),
            self.inbox.notices,
        )


def alertmanagers_of(server: Prometheus) -> list[object]:
    """Return the Alertmanagers that a Prometheus sends alerts to."""
    answer: Any = server.get("alertmanagers")
    return list(answer["activeAlertmanagers"])


@contextmanager
def running_programs(
    folder: Path, api: Simulator, clock: Clock, rules: Path, routes: Path
) -> Iterator[Programs]:
    """Start all but the exporter, and wait until Prometheus has found the Alertmanager."""
    need("prometheus", "prometheus-alertmanager")
    with ExitStack() as stack:
        box = stack.enter_context(inbox())
        config = without_waits(routes.read_text(encoding="utf-8"), box.url)
        manager = stack.enter_context(alertmanager(folder, config))
        exporter = Exporter(folder, api.base_url, stack)
        targets = {"fusebill": exporter.address}
        server = stack.enter_context(
            prometheus(folder, targets, rules=rules, alertmanager=manager.address)
        )
        until(partial(alertmanagers_of, server), bool, "Prometheus knows no Alertmanager")
        yield Programs(clock, api, exporter, server, manager, box)
