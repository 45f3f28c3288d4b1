"""The health of an account's API, judged by how its reads end. Pure.

One failed job proves little; one good answer proves that the API is up.
"""

from dataclasses import dataclass, replace

from exporter.jobs.reading import Reading
from exporter.model.failures import Failure

ENOUGH = 3
"""Jobs that fail in a row, without a good answer between them, after which the API is down."""


@dataclass(frozen=True, slots=True)
class ApiHealth:
    """Whether the API is `up` (None: not known yet), and in words the `trouble` when it is not.

    `suspects` are the jobs that failed since the last good answer.
    """

    up: bool | None = None
    suspects: frozenset[int] = frozenset()
    trouble: str = ""

    def after_failure(
        self, job_id: int, error: Failure, jobs: int, *, certain: bool = False
    ) -> "ApiHealth":
        """Return the health after a failed read of a job.

        The API is down after `ENOUGH` suspects, or after all `jobs` if they are fewer. It is down
        at once if it refuses the key, if the read failed before anything was sent, so no job is to
        blame, or if the caller is `certain`, because the breaker is open.
        """
        if error.api_is_up:
            return UP
        suspects = self.suspects | {job_id}
        certain = certain or error.refuses_key or not error.sent
        if certain or len(suspects) >= min(ENOUGH, jobs):
            return ApiHealth(up=False, trouble=str(error))
        return replace(self, suspects=suspects)


UP = ApiHealth(up=True)
"""The health after an answer that only the API gives, and only to a key that it accepts."""


def is_its_own(before: Reading, error: Failure, *, speaks: bool, up: bool | None) -> bool:
    """Tell whether only the job is to blame for a failure; `before` is its reading before.

    Call this while the breaker is closed. Two failures are the job's alone. The API is `up`,
    accepts the key for other jobs, and refuses it for this job again. Or the job does not speak for
    the API (`speaks`), because it is only probed while watched jobs have no confirmed end.
    """
    if error.api_is_up:
        return False
    if not speaks:
        return True
    refused_before = before.error is not None and before.error.refuses_key
    return error.refuses_key and refused_before and up is True
