"""The page for people at `/`: who this is, where the rest is, and a table of the jobs."""

import secrets
from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from exporter import __version__
from exporter.duration import format_duration
from exporter.snapshot import Snapshot

PAGE_WAIT = 1.0
"""Seconds that the page waits for reads that are due; later answers are there the next time."""

_LAST_SECOND = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
"""The last that a datetime holds; the greatest date of .NET rounds to the second after it."""


class Page:
    """Draws the page. Names and words of other people are escaped by the template engine."""

    def __init__(self, telemetry_path: str) -> None:
        environment = Environment(
            loader=PackageLoader("exporter.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["age"] = age
        environment.filters["count"] = count
        environment.filters["moment"] = moment
        self._template = environment.get_template("index.html")
        self._telemetry_path = telemetry_path

    def response(self, snapshot: Snapshot) -> HTMLResponse:
        """Return the page for what is known now. Nothing of another host is loaded by it."""
        nonce = secrets.token_urlsafe(16)
        html = self._template.render(
            version=__version__,
            telemetry_path=self._telemetry_path,
            snapshot=snapshot,
            nonce=nonce,
        )
        policy = f"default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'none'"
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return HTMLResponse(html, headers=headers)


def count(number: int | None) -> str:
    """Write a number with its thousands apart; nothing for None."""
    return "" if number is None else f"{number:,}"


def moment(seconds: float | None) -> str:
    """Write Unix seconds as people read a time in UTC; nothing for None."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(min(seconds, _LAST_SECOND), UTC).strftime("%Y-%m-%d %H:%M:%S")


def age(seconds: float) -> str:
    """Write how long something is ago, to the second."""
    return format_duration(max(0, round(seconds)))
