"""One attempt to read a job, and the API's answer."""

from dataclasses import dataclass
from typing import NamedTuple

from exporter.model.failures import Failure, RateLimited, ServerError
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.rate_limit import UNSAID, RateLimit

_UNAVAILABLE = 503


class Answer(NamedTuple):
    """The API's answer to one read: its status code, the job, and the rate limits it stated.

    `requests` counts the requests that the read sent: a second one if a kept connection was dead.
    """

    status: int
    job: Job
    said: RateLimit = UNSAID
    requests: int = 1


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to read a job, after it ended.

    `asked` is the arrival of the scrape that wanted the read. The read ran from `started` to
    `ended`. `era` is the ledger's era at the start: the key or the address may have changed since.
    """

    job_id: int
    asked: Instant
    started: Instant
    ended: Instant
    result: Answer | Failure
    era: int = 0

    @property
    def seconds(self) -> float:
        """The duration of the read."""
        return self.ended.monotonic - self.started.monotonic

    @property
    def asked_to_wait(self) -> float | None:
        """The Retry-After of a 503, in seconds; None when it is missing or zero.

        The API or a proxy in front of it may send a 503. The budget handles the wait of a 429.
        """
        if isinstance(self.result, ServerError) and self.result.status == _UNAVAILABLE:
            return self.result.said.wait(self.ended.unix) or None
        return None

    @property
    def good(self) -> bool:
        """Whether the API accepted the key and answered with anything but a 429."""
        if not isinstance(self.result, Failure):
            return True
        return self.result.api_is_up and not isinstance(self.result, RateLimited)
