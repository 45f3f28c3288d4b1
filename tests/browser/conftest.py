"""A real Chromium, and visits that fail where the browser complains of anything."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, expect, sync_playwright

from exporter.model.instant import rfc3339
from tests.browser.stage import Exporter
from tests.e2e.conftest import need

FLAGS = (
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)
PATIENCE = 60_000
"""Milliseconds that nothing takes, even on a slow machine."""

MINUTE = 60_000

SETTLED = 300
"""Milliseconds without a key press after which typing is over."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Run Debian's Chromium."""
    need("chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*FLAGS], timeout=PATIENCE
        )
        yield running
        running.close()


class Visit:
    """A page of an exporter in a browser. Its clock stands still until a test moves it."""

    def __init__(self, context: BrowserContext, exporter: Exporter) -> None:
        self.exporter = exporter
        self.complaints: list[str] = []
        """The complaints of the browser's console and of scripts."""
        self.hosts: set[str] = set()
        context.set_default_timeout(PATIENCE)
        self.page = context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    def _dialog(self, dialog: Any) -> None:
        self.complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, query: str = "") -> "Visit":
        self.page.clock.install(time=0)
        self.page.clock.pause_at(1000)
        self.page.goto(self.exporter.url + query)
        return self

    def pass_time(self, milliseconds: int = MINUTE) -> None:
        """Let time pass for the page."""
        self.page.clock.run_for(milliseconds)

    def update(self) -> None:
        """Let the page update itself, and wait until it shows the exporter's newest snapshot."""
        shown = self._made.get_attribute("datetime")
        assert shown != self._newest, "nothing is new: no wait would tell when the update is over"
        self.pass_time(10_000)
        self.wait_until_current()

    def wait_until_current(self) -> None:
        """Wait until the page shows the exporter's newest snapshot."""
        expect(self._made).to_have_attribute("datetime", self._newest)

    @property
    def _made(self) -> Locator:
        return self.page.locator("#as-of time")

    @property
    def _newest(self) -> str:
        return rfc3339(self.exporter.snapshot.taken_at)

    def find(self, text: str) -> None:
        """Type what to find, and let typing be over."""
        self.page.get_by_label("Find").fill(text)
        self.pass_time(SETTLED)

    def choose(self, kind: str) -> None:
        """Follow the link to the jobs of a kind, such as "failed 2"."""
        self.page.get_by_role("link", name=kind, exact=True).click()

    @property
    def rows(self) -> Locator:
        """The rows of jobs."""
        return self.page.locator("#rows tr")

    def expect_names(self, *names: str) -> None:
        """Wait until the rows have these names, in this order."""
        expect(self.page.locator("#rows th")).to_have_text(list(names))

    def run(self, script: str) -> Any:
        """Run a piece of JavaScript in the page, and return its value."""
        return self.page.evaluate(script)


Visits = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visits]:
    """Open pages. In the end none may have complained, or have asked any host but its own."""
    with visits(browser) as visiting:
        yield visiting


@contextmanager
def visits(browser: Browser) -> Iterator[Visits]:
    opened: list[Visit] = []
    contexts: list[BrowserContext] = []

    def visiting(exporter: Exporter, query: str = "", **options: Any) -> Visit:
        contexts.append(browser.new_context(**options))
        opened.append(Visit(contexts[-1], exporter))
        return opened[-1].open(query)

    try:
        yield visiting
        for one in opened:
            assert one.complaints == []
            assert one.hosts == {one.exporter.url.split("/")[2]}
    finally:
        for context in contexts:
            context.close()
