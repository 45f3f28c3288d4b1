"""All programs at once: simulated API, exporter, Prometheus, Alertmanager and who is told."""

import json
import operator
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
    impatient,
    inbox,
)
from tests.e2e.conftest import Prometheus, free_port, need, prometheus
from tests.e2e.waiting import until
from tests.support.program import Program, started


class Clock:
    """The time of the simulated API: it stands still, until a test moves it."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now


class Exporter:
    """The program at an address that it keeps when it is restarted."""

    def __init__(self, folder: Path, base_url: str, stack: ExitStack) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self._file = folder / "config.yaml"
        self._base_url = base_url
        self._stack = stack
        self._program: Program | None = None

    def start(self, jobs: Iterable[tuple[int, str]]) -> None:
        """Watch these jobs, each with its name: end the program, if it runs, and start it."""
        if self._program is not None:
            assert self._program.end() == 0
        self._configure(jobs)
        arguments = (f"--config.file={self._file}", f"--web.listen-address={self.address}")
        self._program = self._stack.enter_context(started(*arguments))

    def reload(self, jobs: Iterable[tuple[int, str]]) -> None:
        """Watch these jobs from now on, in the program that runs."""
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
    """What there was to be seen at one time."""

    raised: frozenset[tuple[str, str, str]]
    """The alerts that Prometheus has: name, "pending" or "firing", and the job, if it is of one."""
    fired: frozenset[tuple[str, str]]
    """Those that were firing at any time until then: name and job."""
    alerts: tuple[Alert, ...]
    """The alerts that Alertmanager has."""
    notices: tuple[Notice, ...]
    """What the receivers were told until then."""

    def alert(self, name: str) -> Alert:
        """Return the one alert of that name that Alertmanager has."""
        found = [alert for alert in self.alerts if alert.labels["alertname"] == name]
        assert len(found) == 1, f"Alertmanager has {len(found)} alerts {name}"
        return found[0]


@dataclass(frozen=True)
class Stage:
    """The programs."""

    clock: Clock
    api: Simulator
    exporter: Exporter
    prometheus: Prometheus
    alertmanager: Alertmanager
    inbox: Inbox

    def found(self, query: str) -> list[dict[str, str]]:
        """Return the labels of what a query finds now."""
        answer: Any = self.prometheus.get("query", query=query)
        return [sample["metric"] for sample in answer["result"]]

    def evaluated(self) -> str:
        """Return when the rules about jobs were last evaluated."""
        answer: Any = self.prometheus.get("rules")
        groups = {group["name"]: group for group in answer["groups"]}
        return str(groups["fusebill-service-jobs"]["lastEvaluation"])

    def wait(self, query: str, evaluations: int = 3) -> None:
        """Wait until a query finds something, and then for so many evaluations of the rules."""
        until(lambda: self.found(query), bool, f"Prometheus has no {query}")
        for _ in range(evaluations):
            last = self.evaluated()
            until(self.evaluated, partial(operator.ne, last), "the rules are not evaluated again")

    def look(self) -> Seen:
        """Return what there is to be seen now."""
        answer: Any = self.prometheus.get("alerts")
        raised = [(alert["labels"], alert["state"]) for alert in answer["alerts"]]
        fired = self.found('max_over_time(ALERTS{alertstate="firing"}[1h])')
        return Seen(
            frozenset((of["alertname"], state, of.get("job_id", "")) for of, state in raised),
            frozenset((of["alertname"], of.get("job_id", "")) for of in fired),
            self.alertmanager.alerts(),
            self.inbox.notices,
        )


def told_by(server: Prometheus) -> list[object]:
    """Return the Alertmanagers that a Prometheus tells."""
    answer: Any = server.get("alertmanagers")
    return list(answer["activeAlertmanagers"])


@contextmanager
def stage(folder: Path, api: Simulator, clock: Clock, rules: Path, routes: Path) -> Iterator[Stage]:
    """Start all but the exporter, and wait until Prometheus knows whom to tell of an alert."""
    need("prometheus", "prometheus-alertmanager")
    with ExitStack() as stack:
        told = stack.enter_context(inbox())
        config = impatient(routes.read_text(encoding="utf-8"), told.url)
        manager = stack.enter_context(alertmanager(folder, config))
        exporter = Exporter(folder, api.base_url, stack)
        targets = {"fusebill": exporter.address}
        server = stack.enter_context(
            prometheus(folder, targets, rules=rules, alertmanager=manager.address)
        )
        until(partial(told_by, server), bool, "Prometheus knows no Alertmanager")
        yield Stage(clock, api, exporter, server, manager, told)
