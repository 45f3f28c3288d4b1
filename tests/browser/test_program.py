"""The page of the real program."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from exporter.simulator import SimulatedJob, Simulator
from tests.browser.conftest import PATIENCE
from tests.support.program import serving, started
from tests.support.readers import KEY


def test_the_page_of_the_program_shows_by_itself_what_was_read(
    browser: Browser, tmp_path: Path
) -> None:
    with (
        Simulator([SimulatedJob(7, created=1.0, total=1_234)], api_key=KEY) as api,
        started(*serving(api, tmp_path, 7)) as program,
        browser.new_context() as context,
    ):
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        api.latency = 0.3  # longer than the page waits when it is opened
        page.goto(f"http://{program.addresses[0]}/")
        row = page.get_by_role("row", name="7")
        expect(row).to_contain_text("succeeded")
        expect(row).to_contain_text("1,234")
        expect(page.get_by_role("region", name="Quota")).to_contain_text("999 of 1,000 left")
        assert complaints == []
        assert len(api.requests) == 1


def test_the_page_of_the_program_shows_what_stops_its_reads(
    browser: Browser, tmp_path: Path
) -> None:
    with (
        Simulator([SimulatedJob(7)], api_key="YW5vdGhlcg==") as api,
        started(*serving(api, tmp_path, 7)) as program,
        browser.new_context() as context,
    ):
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(f"http://{program.addresses[0]}/")
        account = page.get_by_role("region", name="Accounts")
        expect(account).to_contain_text("key refused")
        expect(account).to_contain_text("The API is asked again at")


def test_the_page_works_with_the_policy_that_the_documentation_gives(
    browser: Browser, tmp_path: Path
) -> None:
    docs = Path(__file__).parents[2] / "docs" / "web-configuration.md"
    policies = re.findall(r"^    (default-src .*)$", docs.read_text(encoding="utf-8"), re.MULTILINE)
    web = tmp_path / "web.yml"
    headers = f'{{Content-Security-Policy: "{policies[0]}"}}'
    web.write_text(f"http_server_config: {{headers: {headers}}}\n", encoding="utf-8")
    with (
        Simulator([SimulatedJob(7, created=1.0, total=1_234)], api_key=KEY) as api,
        started(*serving(api, tmp_path, 7), f"--web.config.file={web}") as program,
        browser.new_context() as context,
    ):
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        response = page.goto(f"http://{program.addresses[0]}/")
        assert response is not None
        assert response.headers["content-security-policy"] == policies[0]
        page.get_by_label("Find").fill("nothing like it")
        expect(page.get_by_text("No job matches")).to_be_visible()
        with page.expect_response(lambda one: one.request.headers.get("prefer") == "wait=1"):
            pass
        expect(page.locator("#quota .bar").first).to_have_css("display", "block")
        assert complaints == []
