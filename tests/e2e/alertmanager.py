"""A real Alertmanager with the shipped routes, and an inbox for its receivers' webhooks."""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.request import Request, urlopen

import yaml

from tests.e2e.conftest import free_port, need, running
from tests.e2e.waiting import until


@dataclass(frozen=True)
class Alert:
    """An alert as Alertmanager lists it. Annotations do not count in comparisons."""

    labels: Mapping[str, str]
    starts_at: str
    state: str
    receivers: tuple[str, ...]
    annotations: Mapping[str, str] = field(compare=False)


class Alertmanager:
    """A running Alertmanager, used through its HTTP API."""

    def __init__(self, port: int) -> None:
        self.address = f"127.0.0.1:{port}"

    def raise_alerts(self, alerts: Iterable[Mapping[str, str]]) -> None:
        """Raise alerts, given by their labels, as Prometheus does."""
        body = json.dumps([{"labels": labels} for labels in alerts]).encode()
        headers = {"Content-Type": "application/json"}
        with urlopen(Request(f"http://{self.address}/api/v2/alerts", body, headers), timeout=10):
            pass

    def alerts(self) -> tuple[Alert, ...]:
        """Return the unresolved alerts."""
        with urlopen(f"http://{self.address}/api/v2/alerts", timeout=10) as answer:
            return tuple(
                Alert(
                    labels=found["labels"],
                    starts_at=found["startsAt"],
                    state=found["status"]["state"],
                    receivers=tuple(receiver["name"] for receiver in found["receivers"]),
                    annotations=found["annotations"],
                )
                for found in json.load(answer)
            )


@dataclass(frozen=True)
class Notice:
    """A notification to a receiver about one alert, whose status is "firing" or "resolved"."""

    receiver: str
    alertname: str
    job_id: str
    status: str


class Inbox:
    """The notifications to all receivers, in order of arrival."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._notices: list[Notice] = []

    @property
    def notices(self) -> tuple[Notice, ...]:
        return tuple(self._notices)

    def take(self, receiver: str, message: Mapping[str, Any]) -> None:
        """Keep a notice of each alert in a webhook's message."""
        for alert in message["alerts"]:
            labels = alert["labels"]
            self._notices.append(
                Notice(receiver, labels["alertname"], labels.get("job_id", ""), alert["status"])
            )


class _Server(ThreadingTCPServer):
    """A server for webhooks. Not an HTTPServer, which would look up its own name in DNS."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Webhook)
        self.inbox = Inbox(f"http://127.0.0.1:{self.server_address[1]}")


class _Webhook(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.inbox.take(self.path.removeprefix("/"), json.loads(body))
        self.send_response_only(200)
        self.end_headers()


@contextmanager
def inbox() -> Iterator[Inbox]:
    """Listen for webhooks, each at the path with its receiver's name."""
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.inbox
        finally:
            server.shutdown()
            thread.join()


def without_waits(shipped: str, url: str) -> str:
    """Return the shipped configuration without waits for more alerts; receivers post to `url`."""
    config = yaml.safe_load(shipped)
    config["route"] |= {"group_wait": "0s", "group_interval": "1s"}
    for receiver in config["receivers"]:
        receiver["webhook_configs"] = [{"url": f"{url}/{receiver['name']}", "send_resolved": True}]
    return str(yaml.safe_dump(config))


@contextmanager
def alertmanager(folder: Path, config: str) -> Iterator[Alertmanager]:
    """Run an Alertmanager without a cluster, and wait until it answers."""
    need("prometheus-alertmanager")
    server = Alertmanager(free_port())
    file = folder / "alertmanager.yml"
    file.write_text(config, encoding="utf-8")
    command = [
        "prometheus-alertmanager",
        f"--config.file={file}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={server.address}",
        "--cluster.listen-address=",
    ]
    with running(command, folder / "alertmanager.log"):
        until(server.alerts, lambda alerts: alerts == (), "it already has alerts")
        yield server
