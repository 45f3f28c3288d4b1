"""One attempt to read a job, and the API's answer to it."""

from dataclasses import dataclass
from typing import NamedTuple

from exporter.model.failures import Failure, RateLimited, ServerError
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.rate_limit import UNSAID, RateLimit

_UNAVAILABLE = 503


class Answer(NamedTuple):
    """An answer of the API to one question: its status, the job in it, and what its headers say."""

    status: int
    job: Job
    said: RateLimit = UNSAID


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to read a job, after it ended.

    `asked` is when the scrape came that wanted it, `started` and `ended` when it was made. `era` is
    the ledger's at the start: a key or an address may have changed while it was made.
    """

    job_id: int
    asked: Instant
    started: Instant
    ended: Instant
    result: Answer | Failure
    era: int = 0

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended.monotonic - self.started.monotonic

    @property
    def asked_to_wait(self) -> float | None:
        """The seconds for which the API, or what stands in front of it, asks to be left alone.

        That is the Retry-After of a 503; what a 429 means is the budget's.
        """
        if isinstance(self.result, ServerError) and self.result.status == _UNAVAILABLE:
            return self.result.said.wait(self.ended.unix) or None
        return None

    @property
    def good(self) -> bool:
        """Whether the API answered, other than with a 429, and accepted the key."""
        if not isinstance(self.result, Failure):
            return True
        return self.result.api_is_up and not isinstance(self.result, RateLimited)
