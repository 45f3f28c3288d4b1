"""Any request: the application answers it, and asks the API for nothing but jobs."""

import gzip
import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from exporter.exposition.text import Format
from exporter.scrape.timeout import time_allowed
from tests.support.asgi import Ask, ask, ask_all
from tests.support.installation import Installation, opened

PARSERS = {Format.TEXT.value: plain, Format.OPENMETRICS.value: openmetrics}

TIMEOUT = "x-prometheus-scrape-timeout-seconds"
LINE = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40)
NUMBERS = st.sampled_from(["0", "-1", "nan", "inf", "-inf", "1e400", "1_0", "9" * 400, " 5"])
TYPES = st.sampled_from(
    [
        "application/openmetrics-text",
        "text/plain",
        "text/*",
        "*/*",
        "gzip",
        "*",
        "q=1",
        "q=nan",
        "q=x",
        ";",
    ]
)
LISTS = st.lists(TYPES | LINE, max_size=5).map(";".join) | st.lists(TYPES).map(",".join)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "accept": LISTS,
        "accept-encoding": LISTS,
        TIMEOUT: NUMBERS | LINE,
        "prefer": LINE,
    },
)
ASKED = ("target", "account")
TARGETS = st.sampled_from(
    [
        "1",
        "01",
        "+1",
        "-1",
        "0",
        "1.0",
        "1e3",
        "\u0661",
        "1/../2",
        "1?x=y",
        "1#",
        "1%0d%0a",
        "9" * 25,
    ]
)
QUERIES = st.lists(
    st.tuples(
        st.sampled_from([*ASKED, "Target", "x"]),
        TARGETS | st.just("live") | st.text(max_size=20),
    ),
    max_size=4,
).map(lambda pairs: "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs))


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with opened(Installation(tmp_path_factory.mktemp("installation"))) as made:
        yield made


@given(HEADERS)
def test_whatever_a_scraper_says_of_itself_it_gets_an_exposition_in_a_format_that_it_can_be(
    installation: Installation, headers: Mapping[str, str]
) -> None:
    """A timeout that is no number is refused in place of that, whatever else it says."""
    answer = ask(installation.app, "/metrics", headers)
    if answer.status == 400:
        with pytest.raises(ValueError, match="expected a number of seconds"):
            time_allowed(headers[TIMEOUT], 1.0)
        return
    body = answer.body
    if "content-encoding" in answer.headers:
        body = gzip.decompress(body)
    assert answer.status == 200
    names = {family.name for family in PARSERS[answer.headers["content-type"]](body.decode())}
    assert {"fusebill_up", "fusebill_service_job_up"} <= names


@given(QUERIES | st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
@example("target=4")
def test_whatever_a_probe_asks_for_the_api_is_asked_for_a_job_or_for_nothing(
    installation: Installation, query: str
) -> None:
    installation.api.requests.clear()
    status = ask(installation.app, f"/probe?{query}").status
    pairs = parse_qsl(query, keep_blank_values=True)
    targets, accounts = ([value for key, value in pairs if key == name] for name in ASKED)
    is_job = len(targets) == 1 and re.fullmatch("[1-9][0-9]{0,17}", targets[0])
    assert status == (200 if is_job and accounts in ([], ["live"]) else 400)
    paths = {request.path for request in installation.api.requests}
    assert paths <= ({f"/v1/serviceJobs/{targets[0]}"} if status == 200 else set())


PATHS = st.sampled_from(["/", "/metrics", "/probe", "/-/healthy", "/-/ready", "/-/reload", ""])


@given(
    PATHS,
    st.text(max_size=10).map(lambda text: quote(text.encode("utf-8", "surrogatepass"))) | PATHS,
    st.sampled_from(["GET", "HEAD", "OPTIONS", "DELETE", "PUT", "TRACE", "ODD"]),
    HEADERS,
)
def test_whatever_path_is_asked_for_and_how_it_is_answered(
    installation: Installation, load: str, end: str, method: str, headers: Mapping[str, str]
) -> None:
    (answer,) = ask_all(installation.app, Ask(f"{load}{end}" or "*", headers, method))
    assert answer.status in {200, 400, 404, 405}
