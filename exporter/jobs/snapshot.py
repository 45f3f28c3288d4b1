"""What a scrape, and the page, show: all that is known at one moment, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.config.sections import WatchedJob
from exporter.config.status import ConfigView, WebConfigView
from exporter.jobs.counters import Counters
from exporter.jobs.reading import Reading
from exporter.model.job import Job
from exporter.quota.block import Block
from exporter.quota.budget import WindowView

UNREAD_STATE = "unread"
"""What `fusebill_jobs` calls a job of which there are no values to show."""


@dataclass(frozen=True, eq=False)
class JobView:
    """One watched job: what it is called, what is known of it, and the values to show.

    `job` is None when it was not read yet or its values are too old to be shown. `drawn` keeps
    what the exposition has made of these values: a view that lives for many scrapes is drawn once.
    """

    account: str
    watched: WatchedJob
    reading: Reading
    job: Job | None
    drawn: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def state(self) -> str:
        """The state, or `unread`."""
        return UNREAD_STATE if self.job is None else self.job.state


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account. `up` is None until the API has been asked, and `trouble` says why it is not.

    `answered_at` is when the last good answer came, in Unix seconds; `windows` are those of its
    quota, and `share` and `reserve` what the configuration leaves of it to the exporter and to
    others. `block` is what stops all reads, None when nothing does.
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
    """Everything at one moment; all times in seconds, timestamps since the epoch.

    `started_at` is when the program began to watch, `monotonic` the moment on the clock by which it
    is known what is due. `web_config` is None where there is no web configuration.
    `log_lines_dropped` counts since the start.
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
    def epoch(self) -> float:
        """What Unix seconds are ahead of monotonic ones."""
        return self.taken_at - self.monotonic

    @property
    def jobs(self) -> tuple[JobView, ...]:
        """Every watched job of every account."""
        return tuple(job for account in self.accounts for job in account.jobs)
