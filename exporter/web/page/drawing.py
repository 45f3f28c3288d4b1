"""The drawing of the page by its template: the accounts, the jobs that are chosen, the exporter."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import partial
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from exporter.jobs.snapshot import Snapshot
from exporter.model.instant import Instant, rfc3339
from exporter.web.page import words
from exporter.web.page.account_line import account_line
from exporter.web.page.choice import ALL, LONGEST_FIND, Choice
from exporter.web.page.columns import COLUMNS
from exporter.web.page.facts import facts
from exporter.web.page.job_kinds import KINDS
from exporter.web.page.listing import listing
from exporter.web.page.row import JobRow, count_kinds, rows_of
from exporter.web.page.runbook import ANCHORS
from exporter.web.page.upcoming_read import upcoming_read

UPDATE_EVERY = 10
"""Seconds between two updates of a page that a person looks at."""

SCRIPTS = ("choice.js", "patch.js", "updates.js")
"""The parts of the page's script. In the page they form one module; the last part starts it."""

MOST_PROBLEMS = 20
"""Most problems of a file that the page lists. `check` lists all."""

SOURCE = "https://github.com/fusebill-exporter/fusebill-exporter"

_FORMATS = (
    words.age,
    words.breakable,
    words.clock,
    words.count,
    words.moment,
    words.percent,
    words.short,
    rfc3339,
)


class Drawing:
    """Draws the page. The template engine escapes all names and words from outside.

    `headers` belong to each answer with the page. A relative link goes by the address of the page,
    which ends in a slash.
    """

    def __init__(self, telemetry_path: str, prefix: str, version: str) -> None:
        environment = Environment(
            loader=PackageLoader("exporter.web.page"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters.update({one.__name__: one for one in _FORMATS})
        script, style = Markup("\n").join(map(_verbatim, SCRIPTS)), _verbatim("page.css")
        self.headers = _headers(script, style)
        environment.globals.update(
            base=f"{prefix}/" if prefix else "",
            columns=COLUMNS,
            docs=f"{SOURCE}/blob/v{version}/docs",
            kinds=KINDS,
            longest_find=LONGEST_FIND,
            most_problems=MOST_PROBLEMS,
            runbook=ANCHORS,
            script=script,
            source=SOURCE,
            style=style,
            telemetry_path=telemetry_path.removeprefix("/"),
            update_every=UPDATE_EVERY,
            version=version,
        )
        self._template = environment.get_template("index.html")

    def body(self, snapshot: Snapshot, choice: Choice | None) -> bytes:
        """Return the HTML of the page that shows what is chosen of a snapshot, or everything."""
        choice = choice or ALL
        now = Instant(snapshot.monotonic, snapshot.taken_at)
        rows = rows_of(snapshot.accounts, now)
        shown = listing(rows, choice)
        lines = [account_line(account, now) for account in snapshot.accounts]
        html = self._template.render(
            snapshot=snapshot,
            now=now.unix,
            aging=partial(words.aging, now=now.unix),
            dated=partial(words.dated, now=now.unix),
            until=partial(words.until, now=now.unix),
            accounts=lines,
            troubled=[line for line in lines if line.needs_a_person],
            well=[line for line in lines if not line.needs_a_person],
            choice=choice,
            total=len(rows),
            listing=shown,
            **_details(snapshot, shown.rows, choice, now),
            counts=count_kinds(rows),
        )
        return html.encode()


def _details(
    snapshot: Snapshot, rows: Iterable[JobRow], choice: Choice, now: Instant
) -> Mapping[str, object]:
    """Return what the row that is opened shows besides its cells; nothing if none is."""
    row = next((row for row in rows if row.key == choice.opened), None)
    if row is None:
        return {"facts": (), "upcoming": None}
    account = next(one for one in snapshot.accounts if one.name == row.view.account)
    return {
        "facts": facts(row.view, account, now),
        "upcoming": upcoming_read(row.view, account, now),
    }


def _verbatim(name: str) -> Markup:
    """Return a file of the page unchanged, without the template engine."""
    file = files("exporter.web.page").joinpath("templates", name)
    return Markup(file.read_text(encoding="utf-8"))  # noqa: S704  the file is part of the package


def _headers(script: str, style: str) -> dict[str, str]:
    """Return headers that allow a browser only this page's script and style, and nothing else.

    The policy (CSP level 3) names both by their hashes. A nonce would have to differ in each
    answer, so two requests could not share a page.
    """
    policy = (
        "default-src 'none'",
        f"script-src '{_hash(script)}'",
        f"style-src '{_hash(style)}'",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "no-referrer",
    }


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{b64encode(digest).decode()}"
