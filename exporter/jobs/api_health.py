"""Whether an account's API is up, judged by how its reads end. Pure.

One job that cannot be read tells little against the API; one that can be read tells much for it.
"""

from dataclasses import dataclass, replace

from exporter.jobs.reading import Reading
from exporter.model.failures import Failure

ENOUGH = 3
"""Jobs that fail in a row, with no good answer between, by which the API is down."""


@dataclass(frozen=True, slots=True)
class ApiHealth:
    """`up` is None until it is known; `suspects` are the jobs that failed since a good answer.

    `trouble` says in words why the API is not up.
    """

    up: bool | None = None
    suspects: frozenset[int] = frozenset()
    trouble: str = ""

    def after_failure(
        self, job_id: int, error: Failure, jobs: int, *, certain: bool = False
    ) -> "ApiHealth":
        """Return the health after a failed read of a job.

        With fewer than `ENOUGH` `jobs`, all of them are enough. The API is down for certain at once
        where the key is refused, where the failure came before anything was sent and so is no
        job's, and with `certain`, while the breaker is open.
        """
        if error.api_is_up:
            return UP
        suspects = self.suspects | {job_id}
        certain = certain or error.refuses_key or not error.sent
        if certain or len(suspects) >= min(ENOUGH, jobs):
            return ApiHealth(up=False, trouble=str(error))
        return replace(self, suspects=suspects)


UP = ApiHealth(up=True)
"""The health after an answer that only the API gives, to a key that it accepts."""


def is_its_own(before: Reading, error: Failure, *, speaks: bool, up: bool | None) -> bool:
    """Tell whether a failure, with the breaker closed, is the job's alone; `before` is its reading.

    The API may refuse the key for one job again and again while it is `up`, and accepts the key for
    others. And a job that is only probed does not speak for the API while others are read.
    """
    if error.api_is_up:
        return False
    if not speaks:
        return True
    refused_before = before.error is not None and before.error.refuses_key
    return error.refuses_key and refused_before and up is True
