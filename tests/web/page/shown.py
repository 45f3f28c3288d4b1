"""The page as a person reads it: its texts, row by row and section by section."""

import re

from starlette.responses import HTMLResponse

from exporter import __version__
from exporter.jobs.snapshot import Snapshot
from exporter.web.page.choice import ALL, Choice
from exporter.web.page.page import Page
from tests.support.asgi import Answer, ask


def drawn(
    snapshot: Snapshot,
    telemetry_path: str = "/metrics",
    prefix: str = "",
    choice: Choice = ALL,
    version: str = __version__,
) -> Answer:
    page = Page(telemetry_path, prefix, version)
    return ask(HTMLResponse(page.body(snapshot, choice), headers=page.headers), "/")


def words(html: str) -> str:
    """Return the text of a piece of HTML."""
    return " ".join(re.sub(r"<[^>]*>", " ", html.replace("<wbr>", "")).split())


def rows(html: str) -> list[str]:
    """Return the text of each row of the table."""
    body = html.partition("<tbody")[2].partition("</tbody>")[0]
    return [words(row) for row in re.findall(r"<tr .*?</tr>", body, re.DOTALL)]


def section(html: str, name: str) -> str:
    """Return the text of a section of the page."""
    return words(html.partition(f'<section id="{name}"')[2].partition("</section>")[0])
