"""The paths under which the exporter serves and under which users reach it, as in Prometheus."""

import re
from typing import NamedTuple

_SEGMENT = r"(?!\.{1,2}(?:/|\Z))[A-Za-z0-9_.~-]+"  # clients resolve `.` and `..`
_PATH = rf"(?:/{_SEGMENT})*"
_AUTHORITY = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::[0-9]{1,5})?"
_EXTERNAL_URL = re.compile(rf"(?:(?i:https?)://{_AUTHORITY})?({_PATH})/*")
_ROUTE_PREFIX = re.compile(_PATH)

PATH = re.compile(rf"(?:/{_SEGMENT})+")
"""A path that every client asks for as it is written."""


class Prefixes(NamedTuple):
    """What comes before the exporter's own paths, without a slash at the end; empty: nothing.

    `routes` is the path under which the exporter serves. `links` is the path under which users
    reach it; if it is empty, the page's links are relative.
    """

    routes: str = ""
    links: str = ""

    @classmethod
    def of(cls, external_path: str | None, route_prefix: str | None) -> "Prefixes":
        """Return the prefixes of the flags' paths; without a route prefix it is the other."""
        links = external_path or ""
        return cls(links if route_prefix is None else route_prefix, links)


ROOT = Prefixes()
"""The prefixes of an exporter that no flag puts under a path."""


def external_path(url: str) -> str:
    """Return the path of an external URL, without a slash at the end.

    Raises ValueError for anything but an `http` or `https` URL, or its path alone.
    """
    match = _EXTERNAL_URL.fullmatch(url)
    if match is None:
        message = "expected a URL such as https://example.org/fusebill/ or its path, without quotes"
        raise ValueError(message)
    return match[1]


def route_prefix(text: str) -> str:
    """Return a route prefix with a slash before it and none after it; empty for `/`.

    Raises ValueError for anything but a path.
    """
    path = text.strip("/")
    prefix = path and f"/{path}"
    if not _ROUTE_PREFIX.fullmatch(prefix):
        message = "expected a path such as /fusebill, or / for none"
        raise ValueError(message)
    return prefix
