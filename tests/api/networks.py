"""A client in a network of the tests' own: with a proxy, certificates and variables."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

from exporter.api.client import Client
from exporter.config.load import parse
from exporter.config.sections import Refresh
from exporter.model.attempt import Answer
from exporter.model.failures import Failure
from tests.support.program import PATIENCE
from tests.support.readers import FixedKey
from tests.support.secure_api import Certificates

ELSEWHERE = "https://api.example.test/v1"
"""The address of an API that only a proxy can find."""


@contextmanager
def client(base_url: str, *, timeout: float = PATIENCE, **account: object) -> Iterator[Client]:
    """Yield a client of an account with these keys in the configuration."""
    (parsed,) = parse({"accounts": [{"base_url": base_url} | account]}, Path("c.yaml")).accounts
    refresh = Refresh().model_copy(update={"timeout": timeout})
    with closing(Client(parsed, FixedKey(), refresh, {})) as made:
        yield made


def read(base_url: str, *, timeout: float = PATIENCE, **account: object) -> Answer | Failure:
    """Read a job once with a client of its own."""
    with client(base_url, timeout=timeout, **account) as made:
        return made.read(1)


def failure(base_url: str, *, timeout: float = PATIENCE, **account: object) -> tuple[str, str]:
    """Return the reason and the words of a read that fails."""
    failed = read(base_url, timeout=timeout, **account)
    assert isinstance(failed, Failure)
    return failed.reason, failed.message


@contextmanager
def hanging_up() -> Iterator[int]:
    """Accept connections on a loopback port, and close each at the first bytes."""

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def trusting(certificates: Certificates) -> dict[str, str]:
    """Return the `tls_config` of an account that trusts their authority."""
    return {"ca_file": str(certificates.ca_file)}
