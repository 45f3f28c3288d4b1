"""The application with all its paths under a prefix."""

import time

import pytest
from starlette.applications import Starlette

from exporter.model.instant import Instant
from exporter.scrape.collector import Collector
from exporter.web.app import create_app
from exporter.web.prefixes import Prefixes
from tests.support.asgi import Ask, ask, ask_all


def app_under(prefixes: Prefixes) -> Starlette:
    collector = Collector([], lambda: Instant(time.monotonic(), time.time()), 60.0)
    return create_app(collector, "/metrics", prefixes=prefixes)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/metrics", 200),
        ("/-/healthy", 200),
        ("/-/ready", 200),
        ("/probe?target=x", 400),
        ("/", 200),
    ],
)
def test_every_path_is_under_the_prefix_and_nowhere_else(path: str, status: int) -> None:
    app = app_under(Prefixes("/a/b", "/a/b"))
    under, beside, after = ask_all(
        app, Ask(f"/a/b{path}"), Ask(f"/a{path}"), Ask(f"/a/b/a/b{path}")
    )
    assert (under.status, beside.status, after.status) == (status, 404, 404)


@pytest.mark.parametrize("path", ["/metrics", "/-/healthy", "/-/ready", "/probe", "/a//", "/b"])
def test_without_the_prefix_only_the_page_is_found(path: str) -> None:
    app = app_under(Prefixes("/a", "/a"))
    assert ask(app, path).status == 404


@pytest.mark.parametrize(
    ("prefixes", "path", "page"),
    [
        pytest.param(Prefixes("/a", "/a"), "/", "/a/", id="from the root"),
        pytest.param(Prefixes("/a", "/a"), "/a", "/a/", id="without the slash"),
        pytest.param(Prefixes("/a", "/b"), "/", "/a/", id="not through the proxy"),
        pytest.param(Prefixes("/a", "/b"), "/a", "/b/", id="through a proxy with another prefix"),
        pytest.param(Prefixes("/a", ""), "/a", "/a/", id="without an external path"),
        pytest.param(Prefixes("/a", "/a"), "/a?b=c%20d", "/a/?b=c%20d", id="with a query"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_leaves_out_the_prefix_or_its_slash_is_sent_to_the_page(
    prefixes: Prefixes, path: str, page: str, method: str
) -> None:
    app = app_under(prefixes)
    (answer,) = ask_all(app, Ask(path, {"Host": "["}, method))
    assert (answer.status, answer.headers["location"]) == (302, page)


def test_a_reload_is_under_the_prefix_and_refused_to_another_site() -> None:
    app = app_under(Prefixes("/a", "/a"))
    cross = {"Sec-Fetch-Site": "cross-site"}
    own, other = ask_all(
        app, Ask("/a/-/reload", method="POST"), Ask("/a/-/reload", cross, method="POST")
    )
    assert (own.status, other.status) == (200, 403)
