"""A real Prometheus scrapes through a proxy, which it asks with targets in absolute form."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from exporter.simulator import SimulatedJob, Simulator
from tests.e2e.conftest import Prometheus, prometheus
from tests.e2e.waiting import settled
from tests.support.program import Program, serving, started
from tests.support.readers import KEY

TARGET = "exporter.example:10423"
"""An address that nobody can resolve: only a proxy reaches the exporter."""

UP = {"through_a_proxy": 1.0, "as_its_own_proxy": 1.0}


class ForwardProxy(ThreadingHTTPServer):
    """A proxy that passes every request to one exporter as it came; `targets` are theirs."""

    def __init__(self, exporter: Program) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.exporter = exporter
        self.targets: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: ForwardProxy

    def do_GET(self) -> None:
        self.server.targets.append(self.path)
        answer = self.server.exporter.ask(self.path, dict(self.headers))
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Log nothing: targets are recorded."""


@contextmanager
def forward_proxy(exporter: Program) -> Iterator[ForwardProxy]:
    with ForwardProxy(exporter) as proxy:
        thread = Thread(target=proxy.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


def read_jobs(server: Prometheus) -> dict[str, float]:
    """Return whether the job was read, by scrape job."""
    answer: Any = server.get("query", query="fusebill_service_job_up")
    return {one["metric"]["job"]: float(one["value"][1]) for one in answer["result"]}


def test_prometheus_scrapes_through_a_proxy_and_with_the_exporter_as_its_proxy(
    tmp_path: Path,
) -> None:
    with (
        Simulator([SimulatedJob(1, created=1.0)], api_key=KEY) as api,
        started(*serving(api, tmp_path, 1)) as program,
        forward_proxy(program) as proxy,
    ):
        settings = {
            "through_a_proxy": {"proxy_url": proxy.url},
            "as_its_own_proxy": {"proxy_url": f"http://{program.addresses[0]}"},
        }
        with prometheus(tmp_path, dict.fromkeys(UP, TARGET), settings=settings) as server:
            assert settled(lambda: read_jobs(server), lambda seen: seen == UP) == UP
        assert set(proxy.targets) == {f"http://{TARGET}/metrics"}
