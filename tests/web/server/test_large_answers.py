"""Answers, inflated where gzip is not accepted; the large ones in pieces and counted meanwhile."""

import asyncio
import gzip
import os

import pytest
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Message

from exporter.web.server.connections import Connection, Connections, Doing, Limits
from exporter.web.server.large_answers import INFLATED_PIECE, PIECE, InPieces
from tests.support.asgi import somebody
from tests.support.line import Line
from tests.support.turns import Turns


class Sending:
    """The messages sent on one connection.

    With `fails`, the client has gone; with `leaves`, it goes once it has a piece of the answer.
    """

    def __init__(self, *, fails: bool = False, leaves: bool = False) -> None:
        self.connection = Connection(Line(), "10.0.0.1", Doing.ANSWER, 0.0)
        self.bodies: list[bytes] = []
        self.held: set[bytes] = set()
        self.more: list[bool] = []
        self.headers = Headers()
        self._fails, self._leaves = fails, leaves

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.headers = Headers(raw=message["headers"])
        else:
            self.bodies.append(bytes(message["body"]))
            self.more.append(message.get("more_body", False))
            self.held.add(self.connection.body)
            if self._leaves:
                self._peer.mark_gone()
            if self._fails:
                raise ConnectionResetError

    async def answer(
        self, body: bytes, method: str = "GET", accepted: str = "", encoding: str = ""
    ) -> None:
        """Answer a request with a body, which is in `encoding`."""
        self._peer = somebody()
        scope = {
            "type": "http",
            "method": method,
            "headers": [(b"accept-encoding", accepted.encode())],
            "state": {"connection": self.connection, "peer": self._peer},
        }
        response = Response(body, headers={"Content-Encoding": encoding} if encoding else {})
        await InPieces(response, Connections(Limits()))(scope, receive, self)


async def receive() -> Message:
    return {"type": "http.request"}


@pytest.mark.parametrize("pieces", [1, 3])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_an_answer_is_whole_in_pieces_of_a_bounded_size(pieces: int, more: int) -> None:
    body = bytes(number % 251 for number in range(pieces * PIECE + more))
    sending = Sending()
    asyncio.run(sending.answer(body))
    assert b"".join(sending.bodies) == body
    assert max(map(len, sending.bodies)) <= PIECE
    assert sending.more == [True] * (len(sending.bodies) - 1) + [False]
    assert b"" not in sending.bodies


def test_a_large_answer_is_the_connections_while_it_is_sent() -> None:
    body, sending = bytes(2 * PIECE), Sending()
    asyncio.run(sending.answer(body))
    assert sending.held == {body}
    assert sending.connection.body == b""


def test_of_an_answer_that_breaks_off_nothing_is_kept() -> None:
    sending = Sending(fails=True)
    with pytest.raises(ConnectionResetError):
        asyncio.run(sending.answer(bytes(2 * PIECE)))
    assert sending.connection.body == b""


def test_a_small_answer_is_sent_as_it_is() -> None:
    sending = Sending()
    asyncio.run(sending.answer(b"Healthy\n"))
    assert sending.bodies == [b"Healthy\n"]
    assert sending.held == {b""}


@pytest.mark.parametrize("length", [1, PIECE, 100 * PIECE, 100 * PIECE + 1])
def test_a_client_that_does_not_accept_gzip_gets_the_text_in_pieces(length: int) -> None:
    text, sending = bytes(length), Sending()
    asyncio.run(sending.answer(gzip.compress(text), encoding="gzip"))
    assert b"".join(sending.bodies) == text
    assert max(map(len, sending.bodies)) <= INFLATED_PIECE
    assert sending.more == [True] * (len(sending.bodies) - 1) + [False]
    assert sending.headers["content-length"] == str(length)
    assert "content-encoding" not in sending.headers


def test_a_client_that_accepts_gzip_gets_gzip() -> None:
    packed, sending = gzip.compress(bytes(10)), Sending()
    asyncio.run(sending.answer(packed, accepted="gzip", encoding="gzip"))
    assert (sending.bodies, sending.headers["content-encoding"]) == ([packed], "gzip")


def test_the_answer_to_a_head_request_says_the_length_of_the_text_and_inflates_nothing() -> None:
    sending = Sending()
    asyncio.run(sending.answer(gzip.compress(bytes(10)), "HEAD", encoding="gzip"))
    assert (sending.headers["content-length"], sending.bodies) == ("10", [b""])


def test_the_connection_holds_the_gzip_body_while_its_text_is_sent() -> None:
    packed, sending = gzip.compress(os.urandom(2 * PIECE)), Sending()
    asyncio.run(sending.answer(packed, encoding="gzip"))
    assert sending.held == {packed}
    assert sending.connection.body == b""


def test_others_have_their_turn_after_each_piece() -> None:
    turns, packed = Turns(), gzip.compress(bytes(20 * PIECE))
    asyncio.run(turns.beside(Sending().answer(packed, encoding="gzip")))
    assert turns.had >= 19


def test_nothing_more_is_inflated_for_a_client_that_has_gone() -> None:
    sending = Sending(leaves=True)
    asyncio.run(sending.answer(gzip.compress(bytes(20 * PIECE)), encoding="gzip"))
    assert len(sending.bodies) <= 2
