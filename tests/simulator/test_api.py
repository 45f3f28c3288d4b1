"""A request to the simulated API: its answer, and its record."""

import gzip
import threading

import pytest

from exporter.simulator import Fault, SimulatedJob, Simulator
from tests.simulator.conftest import AUTHORIZED, KEY, PATH, START, Clock, ask


def test_an_unknown_job_is_answered_with_the_documented_404(api: Simulator) -> None:
    """The documentation of the API has this error document."""
    answer = ask(api, "/v1/serviceJobs/260761")
    assert answer.status == 404
    assert answer.document == {
        "ErrorId": 0,
        "HttpStatusCode": 404,
        "Errors": [{"Key": "Api Error", "Value": "ServiceJob with id 260761 not found."}],
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{PATH}?view=Full", 200),
        ("/", 404),
        ("/v1/serviceJobs", 404),
        ("/v1/serviceJobs/", 404),
        ("/v1/serviceJobs/-1", 404),
        (f"{PATH}/", 404),
        ("/v1/serviceJobs/" + "9" * 5000, 404),
        ("/v1/customers/1", 404),
    ],
)
def test_only_service_jobs_can_be_read(api: Simulator, path: str, status: int) -> None:
    """Any other path is answered 404, with the API's error document."""
    answer = ask(api, path)
    assert answer.status == status
    assert answer.document.get("HttpStatusCode", 200) == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Basic wrong"}, 401),
        ({"Authorization": f"basic {KEY}"}, 400),
        ({"Authorization": f"Bearer {KEY}"}, 400),
        ({"Authorization": KEY}, 400),
        ({"Authorization": "Basic"}, 400),
        ({"authorization": f"Basic {KEY}"}, 200),
    ],
)
def test_the_key_must_be_exact(api: Simulator, headers: dict[str, str], status: int) -> None:
    """A wrong key is answered 401, a wrong form 400; neither spends from the limits."""
    answer = ask(api, headers=headers)
    assert answer.status == status
    assert answer.document.get("HttpStatusCode", 200) == status
    assert ask(api).remaining == (999 - (status == 200), 179_999 - (status == 200))


def test_a_key_can_be_changed_while_running(api: Simulator) -> None:
    """The old key is refused from then on."""
    api.api_key = "bmV3"
    assert ask(api).status == 401
    assert ask(api, headers={"Authorization": "Basic bmV3"}).status == 200


def test_jobs_go_by_the_clock_that_is_given(api: Simulator, clock: Clock) -> None:
    """The answer depends on the time of this clock alone."""
    assert ask(api).document["percentComplete"] == 0
    clock.now += 30
    assert ask(api).document["percentComplete"] == 50


def test_jobs_can_be_put_replaced_and_removed(api: Simulator) -> None:
    """The next answer is about the job as it is then."""
    api.put(SimulatedJob(1, created=START))
    assert ask(api, "/v1/serviceJobs/1").document["totalCount"] == 19
    api.put(SimulatedJob(1, created=START, total=7))
    assert ask(api, "/v1/serviceJobs/1").document["totalCount"] == 7
    api.remove(1)
    api.remove(1)
    assert ask(api, "/v1/serviceJobs/1").status == 404


@pytest.mark.parametrize(("job_id", "status"), [(5, 404), (2607617, 200)])
def test_a_document_can_be_dictated(api: Simulator, job_id: int, status: int) -> None:
    """The API answers with it for its id, whether the job exists or not, until it is withdrawn."""
    api.answer(job_id, {"anything": [1, None]})
    assert ask(api, f"/v1/serviceJobs/{job_id}").body == b'{"anything": [1, null]}'
    api.answer(job_id, None)
    assert ask(api, f"/v1/serviceJobs/{job_id}").status == status


def test_an_answer_is_compressed_for_clients_that_accept_it(api: Simulator) -> None:
    """An answer in gzip unpacks to the same document; other clients get it plain."""
    plain = ask(api)
    packed = ask(api, headers={**AUTHORIZED, "Accept-Encoding": "gzip, deflate"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body


def test_requests_are_recorded_in_their_order(api: Simulator, clock: Clock) -> None:
    """Each record has time, path, status and key. The status is 0 if there was no answer."""
    ask(api)
    clock.now += 1
    ask(api, "/nowhere", headers={})
    api.fail(Fault.DROP)
    with pytest.raises(ConnectionError):
        ask(api)
    assert [request[:4] for request in api.requests] == [
        (START, PATH, 200, f"Basic {KEY}"),
        (START + 1, "/nowhere", 401, ""),
        (START + 1, PATH, 0, f"Basic {KEY}"),
    ]


def test_the_headers_of_a_request_are_recorded(api: Simulator) -> None:
    """Names are found in any case, and equal headers are kept once."""
    for agent in ("one", "two", "one"):
        ask(api, headers={**AUTHORIZED, "User-Agent": agent})
    assert [request.headers["user-agent"] for request in api.requests] == ["one", "two", "one"]
    headers = api.requests[0].headers
    assert headers is api.requests[2].headers
    assert "X-Other" not in headers
    assert set(headers) == {"Host", "Accept-Encoding", "Authorization", "User-Agent"}


def test_the_record_forgets_the_oldest(api: Simulator) -> None:
    """It keeps the last 100,000 requests."""
    ask(api, "/oldest")
    ask(api)
    api.requests.extend(api.requests[1:] * 99_998)
    assert api.requests[0].path == "/oldest"
    ask(api)
    assert len(api.requests) == 100_000
    assert api.requests[0].path == PATH


def test_many_clients_are_counted_exactly(api: Simulator) -> None:
    """Eight connections at once lose no request and no count."""
    threads = [threading.Thread(target=lambda: [ask(api) for _ in range(20)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(api.requests) == 160
    assert ask(api).remaining == (1000 - 161, 180_000 - 161)
