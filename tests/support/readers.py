"""Doubles for the bottom of the exporter, where the network would begin: reads, keys, a clock."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from exporter.config.api_key import Secret
from exporter.model.attempt import Answer
from exporter.model.failures import Failure, NotFound, ServerError
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.rate_limit import RateLimit, WindowState
from exporter.scrape.refresh import Read
from exporter.scrape.threads import in_daemon

RUNNING = Job(
    id=1,
    account_id=12345,
    type="SubscriptionProductBulkPriceChange",
    status="Processing",
    created=1_700_000_000.0,
    completed=None,
    total=10,
    successful=1,
    failed=0,
    percent_complete=10.0,
    tasks=1,
    offline=False,
).judged({})
DONE = replace(
    RUNNING,
    status="Processed",
    successful=10,
    percent_complete=100.0,
    completed=1_700_000_090.0,
).judged({})
OVER = replace(DONE, created=1_600_000_000.0, completed=1_600_000_090.0)
"""A job that ended years before it is read: its first read confirms its end."""

DOWN = ServerError("the API failed (500)", 500)
GONE = NotFound("the API knows no such job (404)", 404)

KEY = "c2VjcmV0"
"""The key of the simulated APIs."""


@dataclass(frozen=True)
class FixedKey:
    """A key source that holds its key."""

    text: str = KEY

    def read(self) -> Secret:
        return Secret(self.text)


ROOMY = RateLimit(WindowState(1_000, 900), WindowState(180_000, 170_000))
"""A live account's limits of which little is spent."""


def beside(read: Callable[[int], Answer | Failure]) -> Read:
    """Return a reader that runs `read` in threads beside the event loop."""
    return lambda job_id: in_daemon(partial(read, job_id))


Outcome = Job | Failure | Exception


class Script:
    """Answers each read with the job's outcome in `answers`, by default a running job.

    `said` are the rate limits in the headers of good answers.
    """

    def __init__(
        self,
        answers: Mapping[int, Outcome] | None = None,
        said: RateLimit = ROOMY,
    ) -> None:
        self.answers = dict(answers or {})
        self.said = said
        self.asked: list[int] = []

    async def read_for(self, job_id: int) -> Answer | Failure:
        """Answer a refresher, in the order in which it asks."""
        return self.read(job_id)

    def read(self, job_id: int) -> Answer | Failure:
        """Answer at once."""
        self.asked.append(job_id)
        answer = self.answers.get(job_id, RUNNING)
        if isinstance(answer, Failure):
            return answer
        if isinstance(answer, Exception):
            raise answer
        return Answer(200, replace(answer, id=job_id), self.said)


class Gate(Script):
    """A script that lets no read end while it is closed, as it is at first.

    `waiting` are the jobs whose reads wait, `most_at_once` the most that ever did.
    """

    def __init__(
        self,
        answers: Mapping[int, Outcome] | None = None,
        said: RateLimit = ROOMY,
    ) -> None:
        super().__init__(answers, said)
        self._changed = threading.Condition()
        self._open = False
        self._admitted = 0
        self.waiting: set[int] = set()
        self.most_at_once = 0

    async def read_for(self, job_id: int) -> Answer | Failure:
        """Answer a refresher: from a thread, which may wait, or at once while the gate is open."""
        if self._open:
            return self.read(job_id)
        return await in_daemon(partial(self.read, job_id))

    def read(self, job_id: int) -> Answer | Failure:
        """Answer once the gate is open or lets one read through."""
        with self._changed:
            self.waiting.add(job_id)
            self.most_at_once = max(self.most_at_once, len(self.waiting))
            self._changed.wait_for(lambda: self._open or self._admitted > 0)
            self._admitted = max(0, self._admitted - 1)
            self.waiting.remove(job_id)
        return super().read(job_id)

    def open(self) -> None:
        """Let every read end."""
        with self._changed:
            self._open = True
            self._changed.notify_all()

    def close(self) -> None:
        """Let no further read end."""
        with self._changed:
            self._open = False

    def admit_one(self) -> None:
        """Let one read end."""
        with self._changed:
            self._admitted += 1
            self._changed.notify()


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> Instant:
        """Return the time that is set."""
        return Instant(monotonic=1000.0 + self.seconds, unix=1_700_000_000.0 + self.seconds)
