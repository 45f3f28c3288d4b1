"""Every path and link through a real nginx that keeps the prefix, or strips it."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin

import pytest

from tests.e2e.nginx import JOB, KINDS, PREFIX, reverse_proxies
from tests.support.asgi import Answer
from tests.web.serving import ask

PAGE = "<title>Fusebill exporter</title>"


@pytest.fixture(scope="module")
def proxies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    with reverse_proxies(tmp_path_factory.mktemp("nginx")) as addresses:
        yield addresses


def through(
    address: str, path: str, headers: Mapping[str, str] | None = None, method: str = "GET"
) -> Answer:
    """Return the answer of a reverse proxy."""
    host, _, port = address.partition(":")
    return ask((host, int(port)), path, headers, method=method)


def opened(address: str, path: str) -> tuple[Answer, str]:
    """Return an answer and its URL. Follow one redirect."""
    url = urljoin(f"http://{address}", path)
    answer = through(address, path)
    if answer.status not in {301, 302}:
        return answer, url
    url = urljoin(url, answer.headers["location"])
    return through(address, url.removeprefix(f"http://{address}")), url


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/metrics", 200),
        ("HEAD", "/metrics", 200),
        ("GET", f"/probe?target={JOB}", 200),
        ("GET", "/probe?target=x", 400),
        ("GET", "/-/healthy", 200),
        ("GET", "/-/ready", 200),
        ("POST", "/-/reload", 200),
        ("GET", "/-/reload", 405),
        ("GET", "/nothing", 404),
    ],
)
def test_each_path_answers_under_the_prefix(
    proxies: Mapping[str, str], kind: str, method: str, path: str, status: int
) -> None:
    assert through(proxies[kind], f"{PREFIX}{path}", method=method).status == status


@pytest.mark.parametrize("kind", KINDS)
def test_the_metrics_come_through_in_gzip_too(proxies: Mapping[str, str], kind: str) -> None:
    plain = through(proxies[kind], f"{PREFIX}/metrics")
    packed = through(proxies[kind], f"{PREFIX}/metrics", {"Accept-Encoding": "gzip"})
    assert f'fusebill_service_job_up{{account="live",job_id="{JOB}"}} 1.0' in plain.text
    assert packed.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", [f"{PREFIX}/", PREFIX], ids=["with the slash", "without it"])
def test_the_page_is_found_and_each_of_its_links_leads_to_something(
    proxies: Mapping[str, str], kind: str, path: str
) -> None:
    page, url = opened(proxies[kind], path)
    assert PAGE in page.text
    links = [urljoin(url, link) for link in re.findall(r'<a href="([^"]+)"', page.text)]
    root = f"http://{proxies[kind]}"
    own = [link.removeprefix(root) for link in links if link.startswith(root)]
    assert {f"{PREFIX}/metrics", f"{PREFIX}/-/healthy", f"{PREFIX}/-/ready"} <= set(own)
    assert {opened(proxies[kind], link.partition("#")[0])[0].status for link in own} == {200}


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_keeps_its_policy_and_another_site_cannot_act(
    proxies: Mapping[str, str], kind: str
) -> None:
    page = through(proxies[kind], f"{PREFIX}/")
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'sha")
    assert page.headers["x-content-type-options"] == "nosniff"
    for method, path in (("POST", "/-/reload"), ("GET", f"/probe?target={JOB}")):
        assert through(proxies[kind], f"{PREFIX}{path}", cross, method).status == 403
