"""The page for people at `/`: what the application needs of it before anybody has opened it."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.datastructures import QueryParams

from exporter import __version__
from exporter.jobs.snapshot import Snapshot

if TYPE_CHECKING:
    from exporter.web.page.choice import Choice
    from exporter.web.page.drawing import Drawing

FIRST_WAIT = 0.05
"""Seconds that a page waits for due reads when a person opens it: the answer comes at once."""

UPDATE_WAIT = 1.0
"""Seconds that an update waits for due reads: nobody waits for an update, and it shows more."""

FEW = 100
"""Most jobs whose first reads a person waits for; otherwise the page would show no values."""


class Page:
    """The page. The first `body` also loads the template engine, so call it in a thread.

    `prefix` comes before the paths of its links; if it is empty, they are relative.
    """

    def __init__(self, telemetry_path: str, prefix: str = "", version: str = __version__) -> None:
        self._telemetry_path = telemetry_path
        self._prefix = prefix
        self._version = version

    @cached_property
    def _loaded(self) -> "Drawing":
        from exporter.web.page.drawing import Drawing  # noqa: PLC0415  a tenth of the start

        return Drawing(self._telemetry_path, self._prefix, self._version)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of each answer with the page."""
        return self._loaded.headers

    def choice(self, query: QueryParams) -> "Choice":
        """Return the choice of a query. Raises ValueError if the page does not know it."""
        from exporter.web.page.choice import choice_of  # noqa: PLC0415  a hundredth of the start

        return choice_of(query)

    def body(self, snapshot: Snapshot, choice: "Choice | None" = None) -> bytes:
        """Return the HTML of the page that shows what is chosen of a snapshot, or everything."""
        return self._loaded.body(snapshot, choice)


def page_wait(headers: Mapping[str, str], unseen: int) -> float:
    """Return the seconds that a request for the page waits for due reads.

    The page's script asks for a longer wait with `Prefer: wait` (RFC 7240). `unseen` counts the
    watched jobs before the first read of any. A longer wait is enough to read a few jobs, but of
    many it would show hardly any.
    """
    if 0 < unseen <= FEW or "wait" in headers.get("prefer", ""):
        return UPDATE_WAIT
    return 0.0 if unseen else FIRST_WAIT
