"""The page for people at `/`: every job, the quota of the accounts, and the exporter itself."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from exporter import __version__
from exporter.exposition.text import compress
from exporter.jobs.snapshot import Snapshot
from exporter.model.instant import Instant
from exporter.web.page import words
from exporter.web.page.gauge import Gauge
from exporter.web.page.heading import heading
from exporter.web.page.row import KINDS, tally
from exporter.web.page.table import Table

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
            loader=PackageLoader("exporter.web.page"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for word in (words.age, words.breakable, words.clock, words.count, words.iso, words.moment):
            environment.filters[word.__name__] = word
        environment.filters["percent"] = words.percent
        script, style = Markup("\n").join(map(_verbatim, SCRIPTS)), _verbatim("page.css")
        self._headers = _headers(script, style)
        environment.globals.update(
            kinds=KINDS,
            script=script,
            source=SOURCE,
            style=style,
            telemetry_path=telemetry_path,
            update_every=UPDATE_EVERY,
            version=version,
        )
        self._table = Table(environment)
        self._template = environment.get_template("index.html")

    def headers(self, encoding: str = "") -> dict[str, str]:
        """Return the headers of an answer in an encoding: gzip or none."""
        return self._headers | {"Content-Encoding": encoding} if encoding else self._headers

    def body(self, snapshot: Snapshot, encoding: str = "") -> bytes:
        """Return the page for what is known now, in an encoding: gzip or none."""
        body = self._draw(snapshot).encode()
        return compress(body) if encoding else body

    def _draw(self, snapshot: Snapshot) -> str:
        now = Instant(snapshot.monotonic, snapshot.taken_at)
        rows = self._table.rows(snapshot.accounts, now)
        return self._template.render(
            snapshot=snapshot,
            now=snapshot.taken_at,
            rows=rows,
            headings={account.name: heading(account) for account in snapshot.accounts},
            drawn=self._table.html(rows, snapshot.taken_at),
            tally=tally(rows),
            gauges={
                account.name: [Gauge(*window) for window in account.windows.items()]
                for account in snapshot.accounts
            },
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
    file = files("exporter.web.page").joinpath("templates", name)
    return Markup(file.read_text(encoding="utf-8"))  # noqa: S704  it is ours


def _headers(script: str, style: str) -> dict[str, str]:
    """Return headers by which a browser loads nothing, and runs and styles by this page alone.

    Script and style are named by their hashes (CSP level 3): a nonce must be another one in each
    answer, so no two requests could share a page.
    """
    policy = (
        "default-src 'none'",
        f"script-src '{_hash(script)}'",
        f"style-src '{_hash(style)}'",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept-Encoding, Prefer",
    }


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{b64encode(digest).decode()}"
