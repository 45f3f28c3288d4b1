"""Whether the API is up for an account, told from how its reads end. Pure.

One job that cannot be read says little against the API, and one that can says much for it.
"""

from dataclasses import dataclass, replace

from exporter.jobs.reading import Reading
from exporter.model.failures import Failure

ENOUGH = 3
"""So many jobs that fail in a row, with no good answer between, speak against the API itself."""


@dataclass(frozen=True, slots=True)
class Health:
    """`up` is None until it is known; `suspects` are the jobs that failed since a good answer.

    `trouble` says in words why it is not up.
    """

    up: bool | None = None
    suspects: frozenset[int] = frozenset()
    trouble: str = ""

    def after_answer(self) -> "Health":
        """Return the health after an answer that only the API, with the key accepted, can give."""
        return UP

    def after_failure(
        self, job_id: int, error: Failure, jobs: int, *, certain: bool = False
    ) -> "Health":
        """Return the health after a failed read of a job.

        `jobs` is how many there are: where there are few, fewer are enough.
        A refused key is `certain` at once, and so are a failure before anything was sent, which is
        no job's, and any failure while the breaker is open.
        """
        if error.api_is_up:
            return UP
        suspects = self.suspects | {job_id}
        certain = certain or error.refuses_key or not error.sent
        if certain or len(suspects) >= min(ENOUGH, jobs):
            return Health(up=False, trouble=str(error))
        return replace(self, suspects=suspects)


UP = Health(up=True)


def is_its_own(before: Reading, error: Failure, *, speaks: bool, up: bool | None) -> bool:
    """Tell whether a failure, with the breaker closed, is the job's alone; `before` is its reading.

    So it is with a key that is refused for it again while the API, which is `up`, accepts it for
    another; and with one that does not speak for the API, as it was only probed for, while others
    are read.
    """
    if error.api_is_up:
        return False
    if not speaks:
        return True
    refused_before = before.error is not None and before.error.refuses_key
    return error.refuses_key and refused_before and up is True
