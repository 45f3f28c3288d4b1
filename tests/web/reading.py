"""The page as a browser parses it, and a snapshot with one text in every place."""

from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser

from exporter.config.sections import WatchedJob
from exporter.config.status import ConfigView, JobFileView, WebConfigView
from exporter.jobs.snapshot import Snapshot
from exporter.model.failures import ServerError
from exporter.quota.window import WindowView
from tests.support.snapshots import (
    CREATED,
    READ,
    make_account,
    make_job,
    make_reading,
    make_snapshot,
    make_view,
)


class Reader(HTMLParser):
    """The elements of a page with their attributes, and the texts on it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Mapping[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def skeleton(self) -> list[tuple[str, tuple[str, ...]]]:
        """The elements, each with the names of its attributes."""
        return [(tag, tuple(attributes)) for tag, attributes in self.elements if tag != "wbr"]

    def all(self, name: str) -> list[Mapping[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]


def everywhere(text: str) -> Snapshot:
    """Return a snapshot with a text wherever a text of other people can stand."""
    watched = WatchedJob(id=1, name=text, labels={"team": text})
    reading = make_reading(make_job(type=text, status=text), ServerError(text))
    view = make_view(watched, reading, account=text)
    config = ConfigView(CREATED, READ, (text, text), (JobFileView(text, text),))
    windows = {"minute": WindowView(1_000, 992, READ, 242)}
    account = make_account(view, name=text, windows=windows)
    return replace(make_snapshot(account), config=config, web_config=WebConfigView((text,)))
