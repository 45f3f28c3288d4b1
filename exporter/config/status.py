"""How the configuration stands, as it is shown: what is in force, and what is wrong."""

from dataclasses import dataclass
from typing import NamedTuple


class JobFileView(NamedTuple):
    """A job file: its path, and what is wrong with it as it stands; None when nothing is."""

    file: str
    problem: str | None = None


class WebConfigView(NamedTuple):
    """What is wrong with the web configuration, and with files that it names, as they stand."""

    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all of it is in force as it stands."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class ConfigView:
    """The configuration that is in force, and what came of the last attempt to load another.

    `loaded_at` is when the one in force was loaded, in Unix seconds. `problems` are what is wrong
    with the one that was refused since, at `failed_at`; there are none when all is well.
    """

    loaded_at: float
    failed_at: float | None = None
    problems: tuple[str, ...] = ()
    job_files: tuple[JobFileView, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the last load worked."""
        return self.failed_at is None
