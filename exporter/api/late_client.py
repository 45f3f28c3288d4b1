"""A client of the API that is made when its first read begins.

So a start need not import `requests`, an eighth of its time: nothing is read before a scrape.
"""

from threading import Lock
from typing import TYPE_CHECKING

from exporter.model.attempt import Answer
from exporter.model.failures import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.api.client import Client


class LateClient:
    """Reads the jobs of one account with the client that `make` returns, at most `timeout` each."""

    def __init__(self, make: "Callable[[], Client]", timeout: float) -> None:
        self.timeout = timeout
        self._make = make
        self._client: Client | None = None
        self._turn = Lock()  # several threads may read at once

    def read(self, job_id: int) -> Answer | Failure:
        """Read one job. The `timeout` starts once there is a client; the first read makes it."""
        with self._turn:
            if self._client is None:
                self._client = self._make()
        return self._client.read(job_id)

    def close(self) -> None:
        """Let the connections end with the reads under way."""
        if self._client is not None:
            self._client.close()
