"""Large answers, sent in pieces and counted meanwhile."""

import asyncio

import pytest
from starlette.responses import Response
from starlette.types import Message

from exporter.web.server.connections import Connection, Connections, Doing, Limits
from exporter.web.server.large_answers import PIECE, InPieces
from tests.web.server.line import Line


class Sending:
    """The messages sent on one connection; with `fails`, the client has gone."""

    def __init__(self, *, fails: bool = False) -> None:
        self.connection = Connection(Line(), "10.0.0.1", Doing.ANSWER, 0.0)
        self.bodies: list[bytes] = []
        self.held: set[bytes] = set()
        self.more: list[bool] = []
        self._fails = fails

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self.bodies.append(bytes(message["body"]))
            self.more.append(message.get("more_body", False))
            self.held.add(self.connection.body)
            if self._fails:
                raise ConnectionResetError

    async def answer(self, body: bytes) -> None:
        connections = Connections(Limits())
        scope = {"type": "http", "method": "GET", "state": {"connection": self.connection}}
        await InPieces(Response(body), connections)(scope, receive, self)


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
