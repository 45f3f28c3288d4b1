"""Every fault, as a client sees it."""

import gzip
import json
import math
from collections.abc import Callable
from contextlib import closing
from http.client import BadStatusLine, IncompleteRead
from typing import Any

import pytest

from exporter.simulator import Fault, SimulatedJob, Simulator
from tests.simulator.conftest import AUTHORIZED, PATH, SAMPLE, START, Answer, ask, begun, connect

JSON, PAGE = "application/json; charset=utf-8", "text/html"
ERRORS: dict[Fault, tuple[int, str]] = {
    Fault.SERVER_ERROR: (500, JSON),
    Fault.FORBIDDEN: (403, JSON),
    Fault.CONFLICT: (409, JSON),
    Fault.BAD_REQUEST: (400, JSON),
    Fault.TEAPOT: (418, PAGE),
    Fault.BAD_GATEWAY: (502, PAGE),
    Fault.UNAVAILABLE: (503, PAGE),
    Fault.COME_BACK_LATER: (503, PAGE),
    Fault.TOO_MANY_REQUESTS_HTML: (429, PAGE),
    Fault.HTML: (200, PAGE),
}


@pytest.mark.parametrize("fault", ERRORS)
def test_error_answers(api: Simulator, fault: Fault) -> None:
    """An error is the API's document, or a page of a proxy in front of it."""
    status, content_type = ERRORS[fault]
    api.fail(fault)
    answer = ask(api)
    assert (answer.status, answer.headers["Content-Type"]) == (status, content_type)
    if content_type == PAGE:
        assert answer.body.startswith(b"<html>")
    else:
        assert answer.document["HttpStatusCode"] == status
    has_limits = "X-Rate-Limit-Limit-Minute" in answer.headers
    assert has_limits == (fault is not Fault.TOO_MANY_REQUESTS_HTML)
    assert api.requests[0].status == status


FLAWS: dict[Fault, Callable[[dict[str, Any]], bool]] = {
    Fault.HUGE: lambda document: len(document["additionalData"]) == 5_000_000,
    Fault.NO_STATUS: lambda document: "status" not in document and len(document) == 13,
    Fault.NO_ID: lambda document: "id" not in document and len(document) == 13,
    Fault.OTHER_ID: lambda document: document["id"] == 999_999_999,
    Fault.WRONG_TYPES: lambda document: document["status"] == 7,
    Fault.NAN: lambda document: math.isnan(document["percentComplete"]),
    Fault.OVERFLOW: lambda document: document["percentComplete"] == math.inf,
    Fault.NEGATIVE: lambda document: document["totalFailed"] == -1,
    Fault.OVER_100: lambda document: document["percentComplete"] == 101,
    Fault.SURROGATE: lambda document: "\ud800" in document["status"],
    Fault.ODD_WORD: lambda document: {*'"\\\n\U0001f389'} < {*document["status"]},
    Fault.LONG_WORD: lambda document: len(document["status"]) == 10_000,
}


@pytest.mark.parametrize("job_id", [2607617, 5])
@pytest.mark.parametrize("fault", FLAWS)
def test_flawed_documents(api: Simulator, fault: Fault, job_id: int) -> None:
    """Each document has one flaw and is good otherwise, whether the job exists or not."""
    api.fail(fault)
    headers = {**AUTHORIZED, "Accept-Encoding": "gzip"}  # a spoilt answer is not compressed
    answer = ask(api, f"/v1/serviceJobs/{job_id}", headers=headers)
    assert answer.status == 200
    assert FLAWS[fault](answer.document)
    assert json.loads(SAMPLE).keys() >= answer.document.keys()
    if fault is not Fault.OTHER_ID:
        assert answer.document.get("id", job_id) == job_id


def is_truncated_json(answer: Answer) -> bool:
    """Return whether the body begins like a document and is not JSON."""
    try:
        return not answer.document
    except json.JSONDecodeError:
        return answer.body.startswith(b'{"accountId"')


def is_bad_gzip(answer: Answer) -> bool:
    """Return whether the body is labelled gzip and is plain."""
    return answer.headers["Content-Encoding"] == "gzip" and answer.body.startswith(b'{"accountId"')


def is_bomb(answer: Answer) -> bool:
    """Return whether the body unpacks to far more than was sent."""
    return len(answer.body) < 50_000 and len(gzip.decompress(answer.body)) > 5_000_000


BODIES: dict[Fault, Callable[[Answer], bool]] = {
    Fault.BROKEN_JSON: is_truncated_json,
    Fault.EMPTY: lambda answer: answer.body == b"" and answer.headers["Content-Length"] == "0",
    Fault.LIST: lambda answer: answer.document[0]["id"] == 2607617,  # type: ignore[index]
    Fault.BAD_GZIP: is_bad_gzip,
    Fault.GZIP_BOMB: is_bomb,
    # The literal itself must be in the body.
    Fault.NAN: lambda answer: b'"percentComplete": NaN,' in answer.body,
    Fault.OVERFLOW: lambda answer: b'"percentComplete": 1e400,' in answer.body,
}


@pytest.mark.parametrize("fault", BODIES)
def test_flawed_bodies(api: Simulator, fault: Fault) -> None:
    """The status is 200, the body is not a document."""
    api.fail(fault)
    answer = ask(api)
    assert answer.status == 200
    assert BODIES[fault](answer)


def test_a_redirect_leads_to_a_path_that_counts(api: Simulator) -> None:
    """The target is on the same server; visits are counted and spend nothing."""
    api.fail(Fault.REDIRECT)
    answer = ask(api)
    assert (answer.status, api.redirected) == (302, 0)
    target = ask(api, answer.headers["Location"], headers={})
    assert (target.status, api.redirected) == (200, 1)
    assert target.remaining == (999, 179_999)


def test_an_answer_without_content_has_no_body_and_no_length(api: Simulator) -> None:
    """A 204 ends with its headers (RFC 9110, section 8.6)."""
    api.fail(Fault.NO_CONTENT)
    with begun(api) as response:
        response.begin()
        assert (response.status, response.headers["Content-Length"]) == (204, None)
        assert response.headers["X-Rate-Limit-Limit-Minute"] == "1000"


def test_a_dropped_request_has_no_answer(api: Simulator) -> None:
    """The connection closes before the first byte."""
    api.fail(Fault.DROP)
    with begun(api) as response, pytest.raises((BadStatusLine, ConnectionResetError)):
        response.begin()


def test_a_truncated_answer_ends_before_its_length(api: Simulator) -> None:
    """40 bytes are missing."""
    api.fail(Fault.TRUNCATED)
    with pytest.raises(IncompleteRead) as caught:
        ask(api)
    assert caught.value.expected == 40


def test_a_hanging_request_has_no_answer_in_time(api: Simulator) -> None:
    """Only the client's timeout ends it. Other requests are answered meanwhile."""
    api.fail(Fault.HANG, 2607617)
    api.put(SimulatedJob(1, created=START))
    with begun(api, timeout=0.05) as response:
        with pytest.raises(TimeoutError):
            response.begin()
        assert ask(api, "/v1/serviceJobs/1").status == 200


def test_headers_drip(api: Simulator) -> None:
    """The status comes at once. Then bytes of a header come for ever."""
    api.fail(Fault.DRIP_HEADERS)
    with begun(api) as response:
        assert response.fp.read(30) == b"HTTP/1.1 200 OK\r\n" + b"x" * 13


def test_a_body_drips(api: Simulator) -> None:
    """The headers come at once, without a length. Then bytes of a body come for ever."""
    api.fail(Fault.DRIP_BODY)
    with begun(api) as response:
        response.begin()
        assert (response.status, response.headers["Content-Length"]) == (200, None)
        assert [response.read(1) for _ in range(5)] == [b"x"] * 5


CUT = {Fault.DROP, Fault.HANG, Fault.TRUNCATED, Fault.DRIP_HEADERS, Fault.DRIP_BODY}


def test_every_fault_is_tested() -> None:
    """A new fault needs a test of its own."""
    assert {*ERRORS, *FLAWS, *BODIES, *CUT, Fault.REDIRECT, Fault.NO_CONTENT} == {*Fault}


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault not in CUT])
def test_most_faults_leave_the_connection_usable(api: Simulator, fault: Fault) -> None:
    """Only faults of the connection end it."""
    api.fail(fault)
    with closing(connect(api)) as connection:
        ask(api, on=connection)
        own_end = connection.sock.getsockname()
        ask(api, on=connection)
        assert connection.sock.getsockname() == own_end
    assert [request.path for request in api.requests] == [PATH] * 2


def test_a_jobs_own_fault_goes_before_that_of_all(api: Simulator) -> None:
    """Each of them is ended by itself."""
    api.put(SimulatedJob(1, created=START))

    def statuses() -> list[int]:
        return [ask(api, f"/v1/serviceJobs/{job_id}").status for job_id in (1, 2607617)]

    api.fail(Fault.SERVER_ERROR)
    api.fail(Fault.CONFLICT, 1)
    assert statuses() == [409, 500]
    api.fail(None)
    assert statuses() == [409, 200]
    api.fail(None, 1)
    assert statuses() == [200, 200]
