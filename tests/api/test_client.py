"""The client by itself: its request, and the result of an answer."""

import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses

from exporter import __version__
from exporter.api.client import LARGEST_BODY, Client
from exporter.api.transport import EndsAt
from exporter.config.api_key import KeyVariable
from exporter.config.sections import Account, Refresh
from exporter.model.failures import (
    ConnectionFailed,
    Failure,
    InvalidResponse,
    NotFound,
    ReadTimeout,
    ServerError,
    Unauthorized,
)

DATA = Path(__file__).parents[1] / "data"
BASE = "https://secure.fusebill.com/v1"
URL = f"{BASE}/serviceJobs/2607617"
KEY = "c2VjcmV0LWtleQ=="

Api = responses.RequestsMock


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("FUSEBILL_API_KEY", KEY)
    made = Client(Account(), KeyVariable("FUSEBILL_API_KEY"), Refresh(), {})
    yield made
    made.close()


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as mock:
        yield mock


def failure(client: Client) -> Failure:
    failed = client.read(2607617)
    assert isinstance(failed, Failure)
    assert KEY not in str(failed)
    return failed


def test_a_job_is_asked_for_as_the_api_documents_it(client: Client, api: Api) -> None:
    api.get(URL, body=(DATA / "service_job_200.json").read_bytes())
    answer = client.read(2607617)
    headers = api.calls[0].request.headers
    assert (answer.status, answer.job.id) == (200, 2607617)
    assert headers["Authorization"] == f"Basic {KEY}"
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == f"fusebill-exporter/{__version__}"
    assert "gzip" in headers["Accept-Encoding"]


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        pytest.param(200, {"additionalData": 1000 * "MARK", "uri": "MARK"}, id="a job"),
        pytest.param(200, {"serviceTasks": 100 * [{"MARK": "MARK"}]}, id="a job with tasks"),
        pytest.param(200, {"id": "MARK", "MARK": "MARK"}, id="no job"),
        pytest.param(400, {"additionalData": "MARK"}, id="a refusal"),
        pytest.param(404, {"additionalData": "MARK"}, id="an unknown job"),
        pytest.param(500, {"additionalData": "MARK"}, id="a failure of the API"),
    ],
)
def test_of_an_answer_the_result_keeps_nothing_that_is_no_metric(
    client: Client, api: Api, status: int, changes: dict[str, object]
) -> None:
    document = json.loads((DATA / "service_job_200.json").read_bytes()) | changes
    api.get(URL, status=status, json=document)
    result = client.read(2607617)
    assert result.status == status
    assert b"MARK" not in pickle.dumps(result)


def test_the_documented_404_is_a_job_that_is_not_found(client: Client, api: Api) -> None:
    api.get(URL, status=404, body=(DATA / "service_job_404.json").read_bytes())
    error = failure(client)
    assert (type(error), error.status, error.api_is_up) == (NotFound, 404, True)


@pytest.mark.parametrize(
    ("body", "api_is_up"),
    [
        pytest.param('{"id": 2607617}', True, id="a document that lacks a field is the API's"),
        pytest.param("<html>Maintenance</html>", False, id="a page is not"),
        pytest.param("[]", False, id="a list is not"),
    ],
)
def test_a_200_is_the_apis_when_it_is_a_json_object(
    client: Client, api: Api, body: str, api_is_up: bool
) -> None:
    api.get(URL, body=body)
    error = failure(client)
    assert (type(error), error.api_is_up) == (InvalidResponse, api_is_up)


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("http://[", id="no address"),
        pytest.param("/\xff", id="no ASCII"),
        pytest.param("https://example.org/", id="another host"),
    ],
)
def test_a_redirect_is_not_even_prepared(client: Client, api: Api, location: str) -> None:
    api.get(URL, status=302, headers={"Location": location})
    error = failure(client)
    assert (type(error), error.status, len(api.calls)) == (InvalidResponse, 302, 1)


def test_a_body_over_the_cap_is_refused(client: Client, api: Api) -> None:
    api.get(URL, body=b" " * (LARGEST_BODY + 1))
    assert str(failure(client)) == "the API's answer is larger than 1024 KiB"


def test_a_large_page_beside_an_error_is_not_read_to_its_end(client: Client, api: Api) -> None:
    api.get(URL, status=503, body=b" " * LARGEST_BODY)
    assert type(failure(client)) is ServerError


def test_a_key_in_a_netrc_file_is_not_used(
    client: Client, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    api.get(URL, status=500)
    failure(client)
    assert api.calls[0].request.headers["Authorization"] == f"Basic {KEY}"


def test_an_address_that_no_request_can_have_is_a_read_that_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FUSEBILL_API_KEY", KEY)
    account = Account().model_copy(update={"base_url": "https://*.example.org/v1"})
    error = failure(Client(account, KeyVariable("FUSEBILL_API_KEY"), Refresh(), {}))
    assert type(error) is ConnectionFailed


def test_a_key_that_changes_is_used_from_the_next_read_on(
    client: Client, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEBILL_API_KEY", "bmV3")
    api.get(URL, status=401)
    failure(client)
    assert api.calls[0].request.headers["Authorization"] == "Basic bmV3"


def test_without_a_key_nothing_is_asked(
    client: Client, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FUSEBILL_API_KEY")
    error = failure(client)
    assert (type(error), error.status, len(api.calls)) == (Unauthorized, None, 0)


def test_a_request_ends_at_one_moment_whatever_is_done_before_it(client: Client, api: Api) -> None:
    api.get(URL, status=500)
    failure(client)
    timeout = api.calls[0].request.req_kwargs["timeout"]
    assert isinstance(timeout, EndsAt)
    assert timeout.read_timeout <= Refresh().timeout


def test_nothing_is_asked_once_the_key_has_taken_all_of_the_time(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEBILL_API_KEY", KEY)
    refresh = Refresh().model_copy(update={"timeout": 0.0})
    error = failure(Client(Account(), KeyVariable("FUSEBILL_API_KEY"), refresh, {}))
    assert (type(error), error.sent, len(api.calls)) == (ReadTimeout, False, 0)
