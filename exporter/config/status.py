"""The state of the configuration for the metrics and the page: what is in force, what is wrong."""

from dataclasses import dataclass
from typing import NamedTuple


class JobFileView(NamedTuple):
    """A job file: its path, and what is wrong with it now (None: nothing)."""

    file: str
    problem: str | None = None


class WebConfigView(NamedTuple):
    """The present problems of the web configuration and the files that it names."""

    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the files on disk are in force."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class ConfigView:
    """The configuration in force, and the outcome of the last attempt to load another.

    The configuration in force was loaded at `loaded_at`. If a load has failed since, `failed_at`
    and `problems` say when and why. Times are in Unix seconds.
    """

    loaded_at: float
    failed_at: float | None = None
    problems: tuple[str, ...] = ()
    job_files: tuple[JobFileView, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the last load worked."""
        return self.failed_at is None
