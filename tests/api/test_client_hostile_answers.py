"""The client against hostile answers, byte by byte: each gives its reason, in time."""

import tracemalloc
from itertools import chain

import pytest

from exporter.api.client import LARGEST_BODY
from exporter.model.failures import Failure
from tests.api.hostile_answers import GOOD, HOSTILE, LENGTH, READ, head
from tests.api.raw_api import raw_api
from tests.support.key_leaks import KEY, leaks
from tests.support.program import PATIENCE

pytestmark = pytest.mark.slow

IN_SOCKETS = 16 * 1024 * 1024
"""Bytes that the API may send before it notices that the client has closed the connection."""

SPARE = 4 * 1024 * 1024
"""Bytes of memory that a read may take besides the answer itself."""

HUGE = [name for name in HOSTILE if "without an end" in name or "bomb" in name]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_has_its_reason_which_tells_no_key_and_is_asked_for_once(
    name: str,
) -> None:
    hostile = HOSTILE[name]
    with raw_api(lambda _: hostile.pieces()) as api:
        client = api.client(PATIENCE, KEY)
        outcome = client.read(1)
        client.close()
    assert (outcome.reason if isinstance(outcome, Failure) else READ) == hostile.reason
    assert leaks(repr(outcome)) == set()
    assert api.sent < IN_SOCKETS
    assert [request.count(KEY.encode()) for request in api.requests] == [1]


@pytest.mark.parametrize("name", HUGE)
def test_a_huge_answer_takes_hardly_more_memory_than_the_largest_that_is_read(name: str) -> None:
    pieces = iter(HOSTILE[name].pieces())
    packed_before_it_counts = next(pieces)
    with raw_api(lambda _: chain((packed_before_it_counts,), pieces)) as api:
        client = api.client(PATIENCE)
        tracemalloc.start()
        client.read(1)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        client.close()
    assert most < LARGEST_BODY + SPARE


def test_cookies_are_not_sent_back() -> None:
    cookie = head(LENGTH, b"Set-Cookie: a=b")
    with raw_api(lambda _: (cookie, GOOD), keeps=True) as api:
        client = api.client(PATIENCE)
        for _ in range(2):
            assert not isinstance(client.read(1), Failure)
        client.close()
    assert not any(b"cookie" in request.lower() for request in api.requests)
    assert len(api.requests) == 2


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(0, id="that is read with the one before"),
        pytest.param(60_000, id="that is left in the socket"),
    ],
)
def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_one(size: int) -> None:
    unasked = b'{"id": 2, "status": "Processed"}' + b"\n" * size
    two = head(LENGTH) + GOOD + head(b"Content-Length: %d" % len(unasked)) + unasked
    answers = ((two,), (head(LENGTH), GOOD.replace(b"1", b"2")))
    with raw_api(lambda number: answers[number], keeps=True) as api:
        client = api.client(PATIENCE)
        read = [client.read(1), client.read(2)]
        client.close()
    assert [not isinstance(one, Failure) and one.job.status for one in read] == ["Processing"] * 2
