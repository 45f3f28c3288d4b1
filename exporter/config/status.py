"""The state of the configuration as users see it: what is in force, and what is wrong."""

from dataclasses import dataclass
from typing import NamedTuple


class JobFileView(NamedTuple):
    """A job file: its path, and what is wrong with it now (None: nothing)."""

    file: str
    problem: str | None = None


class WebConfigView(NamedTuple):
    """What is wrong now with the web configuration and the files that it names."""

    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the files on disk are in force."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class ConfigView:
    """The configuration in force, and the outcome of the last attempt to load another.

    The one in force was loaded at `loaded_at`. If another one was refused since, that was at
    `failed_at` for these `problems`. Times are in Unix seconds.
    """

    loaded_at: float
    failed_at: float | None = None
    problems: tuple[str, ...] = ()
    job_files: tuple[JobFileView, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the last load worked."""
        return self.failed_at is None
