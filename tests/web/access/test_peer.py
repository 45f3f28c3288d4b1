"""The client at the other end of a connection."""

import asyncio

import pytest

from exporter.web.access.peer import Peer, address_of


def test_a_connection_may_be_lost_more_than_once() -> None:
    async def lose() -> bool:
        peer = Peer(lambda: None, asyncio.get_running_loop().create_future())
        peer.mark_gone()
        peer.mark_gone()
        return peer.gone.done()

    assert asyncio.run(lose())


def test_a_connection_that_is_closed_is_waited_for_until_it_is_lost() -> None:
    closed: list[bool] = []

    async def close() -> None:
        peer = Peer(lambda: closed.append(True), asyncio.get_running_loop().create_future())
        ending = asyncio.create_task(peer.end())
        await asyncio.sleep(0)
        assert closed == [True]
        assert not ending.done()
        peer.mark_gone()
        await ending

    asyncio.run(close())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(("10.0.0.1", 4711), "10.0.0.1", id="IPv4"),
        pytest.param(("::1", 4711, 0, 0), "::1", id="IPv6"),
        pytest.param("", "unix", id="a Unix socket"),
        pytest.param("/tmp/client", "unix", id="a Unix socket that the client named"),  # noqa: S108
        pytest.param(b"\0client", "unix", id="a Unix socket that it named in no folder"),
        pytest.param(None, "unix", id="no name"),
    ],
)
def test_all_clients_of_unix_sockets_have_one_address(name: object, expected: str) -> None:
    assert address_of(name) == expected
