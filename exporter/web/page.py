"""The page for people at `/`: every job, the quota of the accounts, and the exporter itself."""

import secrets
from collections.abc import Mapping
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from exporter import __version__
from exporter.exposition import compress
from exporter.negotiation import accepts_gzip
from exporter.snapshot import Snapshot
from exporter.web import words
from exporter.web.gauge import Gauge
from exporter.web.row import KINDS, tally
from exporter.web.table import Table

FIRST_WAIT = 0.05
"""Seconds that the page waits for reads that are due: a person who opens it is answered at once."""

UPDATE_WAIT = 1.0
"""Seconds that its script, which nobody waits for, lets it wait: what is read is in the answer."""

FEW = 100
"""So many jobs can be read while somebody waits, who sees nothing of any job before."""

UPDATE_EVERY = 10
"""Seconds between two updates of a page that is being looked at."""

SCRIPTS = ("choice.js", "patch.js", "updates.js")
"""The parts of its script, which are one module in the page; the last one starts it."""

SOURCE = "https://github.com/fusebill-exporter/fusebill-exporter"


class Page:
    """Draws the page. Names and words of other people are escaped by the template engine."""

    def __init__(self, telemetry_path: str, version: str = __version__) -> None:
        environment = Environment(
            loader=PackageLoader("exporter.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for word in (words.age, words.breakable, words.clock, words.count, words.iso, words.moment):
            environment.filters[word.__name__] = word
        environment.filters["percent"] = words.percent
        environment.globals.update(
            kinds=KINDS,
            script=Markup("\n").join(map(_verbatim, SCRIPTS)),
            source=SOURCE,
            style=_verbatim("page.css"),
            telemetry_path=telemetry_path,
            update_every=UPDATE_EVERY,
            version=version,
        )
        self._table = Table(environment)
        self._template = environment.get_template("index.html")

    def response(self, snapshot: Snapshot, accept_encoding: str = "") -> HTMLResponse:
        """Return the page for what is known now, packed where that is accepted."""
        nonce = secrets.token_urlsafe(16)
        body = self._draw(snapshot, nonce).encode()
        headers = _headers(nonce)
        if accepts_gzip(accept_encoding):
            body = compress(body)
            headers["Content-Encoding"] = "gzip"
        return HTMLResponse(body, headers=headers)

    def _draw(self, snapshot: Snapshot, nonce: str) -> str:
        rows = self._table.rows(snapshot.jobs, snapshot.epoch)
        return self._template.render(
            snapshot=snapshot,
            now=snapshot.taken_at,
            rows=rows,
            drawn=self._table.html(rows, snapshot.taken_at),
            tally=tally(rows),
            gauges={
                account.name: [Gauge(*window) for window in account.windows.items()]
                for account in snapshot.accounts
            },
            nonce=nonce,
        )


def page_wait(headers: Mapping[str, str], unseen: int) -> float:
    """Return the seconds that a request wants to wait for reads: `Prefer: wait` (RFC 7240).

    While nothing was ever read, so many are `unseen`: of a few something is to be seen if one waits
    longer, and of many hardly anything however one waits.
    """
    if 0 < unseen <= FEW or "wait" in headers.get("prefer", ""):
        return UPDATE_WAIT
    return 0.0 if unseen else FIRST_WAIT


def _verbatim(name: str) -> Markup:
    """Return a file of ours as it stands: what a template engine takes for its own is not."""
    file = files("exporter.web").joinpath("templates", name)
    return Markup(file.read_text(encoding="utf-8"))  # noqa: S704  it is ours


def _headers(nonce: str) -> dict[str, str]:
    """Return headers by which a browser loads nothing, and runs and styles by this page alone."""
    policy = (
        "default-src 'none'",
        f"script-src 'nonce-{nonce}'",
        f"style-src 'nonce-{nonce}'",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept-Encoding, Prefer",
        "X-Content-Type-Options": "nosniff",
    }
