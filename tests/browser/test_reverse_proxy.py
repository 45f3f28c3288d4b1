"""The page of the real program behind a real nginx."""

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PATIENCE
from tests.e2e.nginx import JOB, KINDS, PREFIX, reverse_proxies


@pytest.fixture(scope="module")
def proxies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    with reverse_proxies(tmp_path_factory.mktemp("nginx")) as addresses:
        yield addresses


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", [f"{PREFIX}/", PREFIX], ids=["with the slash", "without it"])
def test_the_page_works_updates_itself_and_leads_to_the_metrics(
    browser: Browser, proxies: Mapping[str, str], kind: str, path: str
) -> None:
    with browser.new_context() as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"http://{proxies[kind]}{path}")
        expect(page.get_by_role("row", name=str(JOB))).to_contain_text("succeeded")
        made = page.locator("#as-of time")
        expect(made).not_to_have_attribute("datetime", made.get_attribute("datetime") or "")
        assert complaints == []
        page.get_by_role("link", name="Metrics").click()
        expect(page.locator("body")).to_contain_text("fusebill_service_job_up")
        assert page.url == f"http://{proxies[kind]}{PREFIX}/metrics"
