"""The API of a simulated account: it answers, fails and counts as the world says."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from exporter.api.rate_limit_headers import parse_headers
from exporter.config.sections import Quota
from exporter.model.attempt import Answer
from exporter.model.failures import (
    ConnectionFailed,
    Failure,
    InvalidResponse,
    NotFound,
    RateLimited,
    ReadTimeout,
    ServerError,
    Unauthorized,
)
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.rate_limit import RateLimit, WindowState
from exporter.simulator.limits import ResetFormat, Windows
from tests.prometheus.simulation.world import Account, JobLife, Trouble

TIMEOUT = 10.0
_GOLDEN = 0.618_033_988_75  # its multiples, less the whole numbers, are spread evenly
_RESERVED = 0.08
"""What is left of the day's limit, at most, where the reserve is reached."""

_RESERVE = Quota().reserve
_RETRY_AFTER = 90.0

OF_JOB = {404: "not_found", 500: "server_error"}
"""What a request meets that fails for the job's own cause, by its status."""

_UNANSWERED = {
    "refused": ConnectionFailed("no connection"),
    "timeout": ReadTimeout("the API did not answer in time"),
    "maintenance": InvalidResponse("not JSON", 200),
}

_DATES = ("createdTimestamp", "completedTimestamp")


@dataclass(frozen=True, slots=True)
class Request:
    """A request that ended at `at`: what it met, None where all was well.

    `met` is the cause of a trouble, or one of `OF_JOB` where the failure is the job's own.
    """

    at: float
    account: str
    job_id: int
    met: str | None


class Api:
    """Reads the jobs of an account as the exporter's client does. Keeps the requests that ended."""

    def __init__(self, account: Account, clock: Callable[[], Instant]) -> None:
        self._account = account
        self._jobs = {job.id: job for job in account.jobs}
        self._clock = clock
        self._windows = Windows()
        self._taken: set[Trouble] = set()
        self.requests: list[Request] = []

    async def read(self, job_id: int) -> Answer | Failure:
        """Answer after 0.1 to 0.3 seconds, or after the timeout."""
        number = len(self.requests)
        begun = self._clock().monotonic
        trouble = self._account.trouble(begun)
        if trouble and trouble.share < 1 and number * _GOLDEN % 1.0 >= trouble.share:
            trouble = None
        late = trouble is not None and trouble.how == "timeout"
        await asyncio.sleep(TIMEOUT if late else 0.1 + 0.2 * (number * _GOLDEN % 1.0))
        now = self._clock()
        job = self._jobs[job_id]
        said = self._said(trouble, begun, now)
        error = job.fails(begun)
        own = OF_JOB.get(error) if error else self._low(said)
        met = trouble.cause if trouble else own
        self.requests.append(Request(now.monotonic, self._account.name, job_id, met))
        if trouble:
            return _failure(trouble, said)
        if error:
            return _of_job(error, said)
        return Answer(200, _parsed(job, begun, now), said)

    def _said(self, trouble: Trouble | None, begun: float, now: Instant) -> RateLimit:
        """Count the request, and what others have spent; return what the headers say."""
        limits = self._account.limits
        for one in self._account.troubles:
            if one.how in ("reserve", "429 day") and one.holds(begun) and one not in self._taken:
                self._taken.add(one)
                left = int(_RESERVED * limits.day) if one.how == "reserve" else 0
                self._windows.spend(0, max(0, _remaining(self._left(now).day) - left), now.unix)
        if trouble and trouble.how == "429 minute":
            self._windows.spend(_remaining(self._left(now).minute), 0, now.unix)
        if trouble is None:
            self._windows.spend(1, 1, now.unix)
        return self._left(now)

    def _left(self, now: Instant) -> RateLimit:
        headers = self._windows.headers(self._account.limits, now.unix, ResetFormat.EPOCH)
        return parse_headers(headers)

    def _low(self, said: RateLimit) -> str | None:
        """Return the reserve as the cause, where no more than it is left of the day."""
        return "reserve" if _remaining(said.day) <= _RESERVE * self._account.limits.day else None


def _remaining(window: WindowState) -> int:
    return window.remaining or 0


def _failure(trouble: Trouble, said: RateLimit) -> Failure:
    """Return what a request that meets a trouble ends with."""
    if trouble.cause == "rate_limited":
        short = RateLimit(retry_after=_RETRY_AFTER)
        return RateLimited("429", 429, said=short if trouble.how == "429 retry-after" else said)
    if trouble.how.isdigit():
        refused = Unauthorized if trouble.cause == "key" else ServerError
        return refused(f"the API answered {trouble.how}", int(trouble.how))
    return _UNANSWERED[trouble.how]


def _of_job(status: int, said: RateLimit) -> Failure:
    """Return what a request for a job ends with that the API cannot answer for."""
    if status == 404:
        return NotFound("the API knows no such job (404)", 404, said=said)
    return ServerError("the API failed (500)", 500, said=said)


def _parsed(job: JobLife, begun: float, now: Instant) -> Job:
    """Return what the exporter parses of a job's document."""
    document = {"id": job.id, **job.at(begun).document}
    zero = now.unix - now.monotonic
    for name in _DATES:
        if document[name] is not None:
            moment = datetime.fromtimestamp(zero + document[name], UTC)
            document[name] = f"{moment:%Y-%m-%dT%H:%M:%S}"
    return Job.from_api(json.dumps(document).encode(), job.id, {}, now.unix)
