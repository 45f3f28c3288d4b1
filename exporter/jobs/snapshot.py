"""Everything known at one moment, as plain values, for the exposition and the page."""

from collections.abc import Mapping
from dataclasses import dataclass

from exporter.config.sections import WatchedJob
from exporter.config.status import ConfigView, WebConfigView
from exporter.jobs.counters import Counters
from exporter.jobs.reading import Reading
from exporter.model.job import Job
from exporter.quota.block import Block
from exporter.quota.budget import WindowView

UNREAD_STATE = "unread"
"""The `state` of a job without values to show, as `fusebill_jobs` counts it."""


@dataclass(frozen=True, eq=False)
class JobView:
    """One job: its configuration, its reading, and the values to show.

    `job` is None when the job was not read yet or its values are too old to show. While none of
    this changes, snapshots share one view. Views are compared by identity, so they can be the keys
    of a cache of rendered text.
    """

    account: str
    watched: WatchedJob
    reading: Reading
    job: Job | None

    @property
    def state(self) -> str:
        """The state, or `unread`."""
        return UNREAD_STATE if self.job is None else self.job.state


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account.

    `up` says whether the API answers (None: not known yet), and `trouble` why it does not.
    `answered_at` is the time of the last good answer, in Unix seconds. `windows` holds the windows
    of the quota by their names. Of each limit, the exporter may spend the fraction `share`, and
    leaves the fraction `reserve` to others; both are from 0 to 1. `block` says why no job is read,
    None when reads may start.
    """

    name: str
    jobs: tuple[JobView, ...]
    up: bool | None
    trouble: str
    block: Block | None
    answered_at: float | None
    windows: Mapping[str, WindowView]
    share: float
    reserve: float
    counters: Counters


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything at one moment.

    The moment is `taken_at` in Unix seconds, and `monotonic` on the monotonic clock of `due_at`.
    `collect_seconds` is the duration of the last collection. `started_at` is when the program began
    to watch, in Unix seconds. `web_config` is None without a web configuration. `log_lines_dropped`
    counts from the start.
    """

    accounts: tuple[AccountView, ...]
    taken_at: float
    monotonic: float
    collect_seconds: float
    started_at: float
    config: ConfigView
    web_config: WebConfigView | None = None
    log_lines_dropped: int = 0

    @property
    def jobs(self) -> tuple[JobView, ...]:
        """The jobs that are shown: all watched jobs, or the one job of a probe."""
        return tuple(job for account in self.accounts for job in account.jobs)
