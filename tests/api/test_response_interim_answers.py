"""Answers of 1xx, which only say that the answer is still to come (RFC 9110, 15.2)."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from exporter.api.client import Client
from exporter.api.response import LONGEST_ANSWER
from exporter.model.attempt import Answer
from exporter.model.failures import Failure
from tests.api.raw_api import RawApi, raw_api
from tests.support.program import PATIENCE

JOB = json.dumps({"id": 1, "status": "Processing"}).encode()
FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(JOB), JOB)
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nTransfer-Encoding: chunked\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\nContent-Length: 7\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"


@contextmanager
def answering(*answers: Sequence[bytes]) -> Iterator[tuple[Client, RawApi]]:
    """Return a client of an API that gives these answers, each in pieces, and the API."""
    with raw_api(lambda number: answers[number], keeps=True) as api:
        client = api.client(PATIENCE)
        yield client, api
        client.close()


@pytest.mark.parametrize(
    "interim",
    [
        pytest.param([CONTINUE], id="100"),
        pytest.param([PROCESSING], id="102"),
        pytest.param([HINTS], id="103"),
        pytest.param([HINTS[:20], HINTS[20:]], id="103 in two pieces"),
        pytest.param([CONTINUE, PROCESSING, HINTS, HINTS, CONTINUE], id="several"),
        pytest.param([b"HTTP/1.1 199 \r\n\r\n"] * 50, id="many of an unknown one"),
    ],
)
def test_the_answer_is_what_comes_after_the_interim_ones(interim: list[bytes]) -> None:
    with answering([*interim, FINAL], [b"".join(interim) + FINAL], [FINAL]) as (client, api):
        for _ in range(3):
            answer = client.read(1)
            assert isinstance(answer, Answer)
            assert (answer.status, answer.job.status) == (200, "Processing")
    assert api.connections == 1, "the connection is as good as after any answer"


def test_a_final_answer_that_is_no_good_one_fails_as_without_an_announcement() -> None:
    gone = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    with answering([HINTS, gone]) as (client, _):
        failure = client.read(1)
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.status) == ("not_found", 404)


def test_a_switch_of_protocols_is_no_answer_and_the_connection_is_not_used_again() -> None:
    with answering([SWITCH, FINAL], [FINAL]) as (client, api):
        failure = client.read(1)
        again = client.read(1)
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.status) == ("invalid_response", 101)
    assert isinstance(again, Answer)
    assert api.connections == 2


@pytest.mark.parametrize("interim", [CONTINUE, HINTS, PROCESSING], ids=["100", "103", "102"])
def test_announcements_without_an_end_are_cut_off(interim: bytes) -> None:
    block = interim * 1_000
    with answering([block] * (2 * LONGEST_ANSWER // len(block) + 2)) as (client, _):
        failure = client.read(1)
    assert isinstance(failure, Failure)
    assert failure.reason == "invalid_response"


def test_headers_without_an_end_are_cut_off() -> None:
    line = b"X: " + b"x" * 60_000 + b"\r\n"
    with answering([b"HTTP/1.1 200 OK\r\n", *[line] * 99, b"Content-Length: 2\r\n\r\n{}"]) as (
        client,
        _,
    ):
        failure = client.read(1)
    assert isinstance(failure, Failure)
    assert failure.reason == "invalid_response"
