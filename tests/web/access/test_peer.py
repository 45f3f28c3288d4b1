"""The client at the other end of a connection."""

import asyncio

from exporter.web.access.peer import Peer


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
