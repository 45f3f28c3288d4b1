"""Everything known at one moment, as plain values, for the exposition and the page."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from exporter.config.sections import Refresh, WatchedJob
from exporter.config.status import ConfigView, WebConfigView
from exporter.jobs.counters import Counters
from exporter.jobs.reading import Reading
from exporter.model.job import Job
from exporter.quota.block import Block
from exporter.quota.window import WindowView

UNREAD_STATE = "unread"
"""The `state` of a job without values to show, as `fusebill_jobs` counts it."""


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class JobView:
    """One job: its configuration, its reading, and the values to show.

    `job` is None when the job was not read yet or its values are too old to show. While none of
    this changes, snapshots share one view. Views are compared by identity, so they can be the keys
    of a cache.
    """

    account: str
    watched: WatchedJob
    reading: Reading
    job: Job | None

    @property
    def state(self) -> str:
        """The state, or `unread`."""
        return UNREAD_STATE if self.job is None else self.job.state

    @property
    def finished(self) -> bool:
        """Whether the values to show are those of a finished job."""
        return self.job is not None and self.job.finished


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some jobs of an account, in the order of their ids.

    Snapshots share a chunk until one of its jobs changes. Chunks are compared by identity, so
    whatever is made of one, such as its text, can be kept as long as the chunk is in the snapshot.
    """

    jobs: tuple[JobView, ...]

    @cached_property
    def states(self) -> Counter[str]:
        """How many of the jobs are in each state."""
        return Counter(view.state for view in self.jobs)


class JobChunks(NamedTuple):
    """All jobs of an account: the finished ones and the others, each in the order of their ids."""

    finished: tuple[Chunk, ...] = ()
    others: tuple[Chunk, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account.

    `up` says whether the API answers (None: not known yet), and `trouble` why it does not.
    `key_problem` says what is wrong with the key file, whose last good key is used meanwhile.
    `answered_at` is the time of the last good answer, in Unix seconds. `windows` holds the windows
    of the quota by their names. Of each limit, the exporter may spend the fraction `share`, and
    leaves the fraction `reserve` to others; both are from 0 to 1. `refresh` says how often jobs are
    read. `block` says why no job is read, None when reads may start.
    """

    name: str
    chunks: JobChunks
    up: bool | None
    trouble: str
    block: Block | None
    answered_at: float | None
    windows: Mapping[str, WindowView]
    share: float
    reserve: float
    refresh: Refresh
    counters: Counters
    key_problem: str | None = None

    @property
    def jobs(self) -> tuple[JobView, ...]:
        """All jobs: the watched jobs, or the one job of a probe."""
        return tuple(view for chunks in self.chunks for chunk in chunks for view in chunk.jobs)


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
    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks of all accounts, those of finished jobs first."""
        accounts = [account.chunks for account in self.accounts]
        finished = [chunk for one in accounts for chunk in one.finished]
        return (*finished, *(chunk for one in accounts for chunk in one.others))

    @property
    def jobs(self) -> tuple[JobView, ...]:
        """All jobs, in the order of the exposition."""
        return tuple(view for chunk in self.chunks for view in chunk.jobs)
