"""Which connections are dropped, when, and to make room for which."""

import asyncio
from collections.abc import Mapping

import pytest

from benchmarks.virtual_time import run as run_in_virtual_time
from exporter.web.server.connections import (
    Connection,
    Connections,
    Doing,
    Limits,
    accepted_at_once,
    displaced,
    most_connections,
    too_many_wait,
)
from tests.support.line import Line

LIMITS = Limits(handshake=10, request=10, answer=20, goodbye=2)


def connection(doing: Doing, since: float = 0.0, address: str = "10.0.0.1") -> Connection:
    return Connection(Line(), address, doing, since)


def overdue_at(measured: Mapping[float, int], *, ended: bool = False) -> list[float]:
    """Return the times at which a connection is overdue; `measured` has its bytes not taken."""
    line = Line()
    line.ended = ended
    reader = Connection(line, "10.0.0.1", Doing.ANSWER, 0.0)
    found = []
    for now, line.waiting in measured.items():
        reader.measure(now)
        if reader.is_overdue(LIMITS, now):
            found.append(now)
    return found


@pytest.mark.parametrize(
    ("doing", "now", "expected"),
    [
        pytest.param(Doing.HANDSHAKE, 10.0, False, id="a handshake in time"),
        pytest.param(Doing.HANDSHAKE, 10.1, True, id="a slow handshake"),
        pytest.param(Doing.REQUEST, 10.0, False, id="a request in time"),
        pytest.param(Doing.REQUEST, 10.1, True, id="a slow request"),
        pytest.param(Doing.ANSWER, 1000.0, False, id="an answer that takes long to find"),
        pytest.param(Doing.NOTHING, 1000.0, False, id="a kept connection"),
    ],
)
def test_a_connection_has_so_long_for_what_it_does(
    doing: Doing, now: float, expected: bool
) -> None:
    assert connection(doing).is_overdue(LIMITS, now) is expected


def test_what_trickles_in_does_not_extend_a_request() -> None:
    slow = connection(Doing.REQUEST)
    for now in range(1, 11):
        slow.does(Doing.REQUEST, now)
    assert slow.is_overdue(LIMITS, 10.1)


def test_each_request_has_its_own_time() -> None:
    kept = connection(Doing.REQUEST)
    kept.does(Doing.NOTHING, 9.0)
    kept.does(Doing.REQUEST, 19.0)
    assert not kept.is_overdue(LIMITS, 29.0)
    assert kept.is_overdue(LIMITS, 29.1)


def test_a_client_has_ten_seconds_to_take_some_of_its_answer() -> None:
    assert Limits().answer == 10.0


def test_an_answer_that_is_not_taken_ends_the_connection() -> None:
    assert overdue_at({100.0: 5, 120.0: 5, 120.1: 5}) == [120.1]


def test_an_answer_that_was_taken_is_forgotten() -> None:
    assert overdue_at({100.0: 5, 110.0: 0, 125.0: 5, 145.0: 5}) == []


def test_a_reader_that_takes_a_little_each_time_may_take_for_ever() -> None:
    assert overdue_at({20.0 * turn: 1000 - turn for turn in range(1000)}) == []


def test_a_reader_has_the_whole_time_again_after_the_last_that_it_took() -> None:
    assert overdue_at({100.0: 9, 119.0: 8, 139.0: 8, 139.1: 8}) == [139.1]


def test_what_else_is_written_gives_no_more_time_to_who_takes_nothing() -> None:
    assert overdue_at({100.0 + turn: 5 + turn for turn in range(22)}) == [121.0]


def test_more_that_is_written_does_not_hide_that_the_reader_takes_it() -> None:
    assert overdue_at({100.0: 5, 115.0: 900, 130.0: 899, 145.0: 1800, 150.0: 1799}) == []


def test_a_reader_for_whom_there_is_always_more_takes_some_when_it_takes_a_piece() -> None:
    reader = Connection(Line(), "10.0.0.1", Doing.ANSWER, 0.0)
    reader.wire.waiting = 5
    for now in (100.0, 115.0, 130.0):
        reader.measure(now)
        assert not reader.is_overdue(LIMITS, now)
        reader.took_some(now + 1.0)


def test_a_connection_that_we_end_has_time_for_a_goodbye_once_all_is_taken() -> None:
    measured = {100.0: 9, 119.0: 5, 138.0: 0, 140.0: 0, 140.1: 0}
    assert overdue_at(measured, ended=True) == [140.1]


def test_a_kept_connection_that_we_end_has_time_for_a_goodbye() -> None:
    assert overdue_at({100.0: 0, 102.0: 0, 102.1: 0}, ended=True) == [102.1]


FLOOD = [connection(Doing.REQUEST, since, "10.6.6.6") for since in (7.0, 5.0, 6.0)]


@pytest.mark.parametrize(
    "scraper",
    [
        pytest.param(connection(Doing.NOTHING, 1.0), id="a kept connection"),
        pytest.param(connection(Doing.ANSWER, 1.0), id="a scrape under way"),
        pytest.param(connection(Doing.HANDSHAKE, 8.0), id="a handshake"),
    ],
)
def test_a_flood_from_one_address_makes_room_by_itself(scraper: Connection) -> None:
    assert displaced([scraper, *FLOOD]) is FLOOD[1]


def test_of_one_address_the_one_goes_that_waited_longest_without_a_request() -> None:
    scrape = connection(Doing.ANSWER, 0.0, "10.6.6.6")
    newest = connection(Doing.HANDSHAKE, 9.0, "10.6.6.6")
    assert displaced([scrape, newest, *FLOOD]) is FLOOD[1]


def test_when_all_are_being_answered_the_oldest_goes() -> None:
    scrapes = [connection(Doing.ANSWER, since) for since in (3.0, 2.0, 4.0)]
    assert displaced(scrapes) is scrapes[1]


@pytest.mark.parametrize(
    ("descriptors", "connections", "accepted"),
    [
        pytest.param(1_048_576, 512, 64, id="as many as one likes"),
        pytest.param(1024, 512, 64, id="a usual limit"),
        pytest.param(256, 128, 16, id="a small limit"),
        pytest.param(64, 32, 4, id="hardly any"),
    ],
)
def test_the_descriptors_suffice_for_the_connections(
    descriptors: int, connections: int, accepted: int
) -> None:
    assert most_connections(descriptors) == connections
    assert accepted_at_once(descriptors) == accepted
    assert connections + 4 * accepted <= 0.75 * descriptors


MIB = 1024 * 1024


def reader(body: bytes = b"", unsent: int = 1, stuck_since: float | None = None) -> Connection:
    """Return a connection with a body being sent, and `unsent` bytes not taken."""
    made = connection(Doing.ANSWER)
    made.body, made.stuck_since = body, stuck_since
    made.unsent = made.wire.waiting = unsent
    return made


ONE, OTHERS = bytes(MIB), [bytes(MIB) for _ in range(9)]


@pytest.mark.parametrize(
    ("readers", "most", "expected"),
    [
        pytest.param(
            [reader(ONE) for _ in range(500)], 9 * MIB, False, id="one body that many share"
        ),
        pytest.param([reader(one) for one in OTHERS], 9 * MIB, True, id="a body for each"),
        pytest.param([reader(one, 0) for one in OTHERS[:8]], 1, False, id="always eight bodies"),
        pytest.param([reader(unsent=MIB)] * 9, 9 * MIB, False, id="as much as may be"),
        pytest.param([reader(unsent=MIB)] * 10, 9 * MIB, True, id="what stands in connections"),
        pytest.param([], 0, False, id="nobody"),
    ],
)
def test_what_waits_to_be_taken_is_counted_over_all_connections(
    readers: list[Connection], most: int, expected: bool
) -> None:
    assert too_many_wait(readers, most) is expected


def dropped(readers: list[Connection], newest: Connection, waiting: int) -> list[Connection]:
    """Return the connections that are dropped when `newest` gets an answer of a MiB."""

    async def story() -> None:
        everyone = Connections(LIMITS._replace(waiting=waiting))
        for one in (*readers, newest):
            everyone.add(one)
        everyone.start_body(newest, bytes(MIB))

    asyncio.run(story())
    return [one for one in (*readers, newest) if one.wire.is_closing()]


def test_the_slowest_readers_make_room_for_a_new_answer() -> None:
    slow = [reader(bytes(MIB), stuck_since=since) for since in (-5.0, -7.0, -6.0, *[-1.0] * 8)]
    assert dropped(slow, reader(), 10 * MIB + 100) == [slow[1], slow[2]]


def test_nobody_is_dropped_while_there_is_room() -> None:
    assert dropped([reader(bytes(MIB), stuck_since=-5.0)], reader(), 10 * MIB) == []


def test_who_takes_all_that_there_is_makes_no_room() -> None:
    quick = [reader(bytes(MIB), unsent=0) for _ in range(11)]
    slow = reader(unsent=MIB, stuck_since=-1.0)
    assert dropped([*quick, slow], reader(), 10 * MIB) == [slow]


def test_readers_are_dropped_by_a_sweep_too() -> None:
    async def story() -> None:
        everyone = Connections(LIMITS._replace(waiting=MIB))
        slow = [reader(unsent=MIB, stuck_since=since) for since in (-2.0, -3.0)]
        for one in slow:
            everyone.add(one)
        await asyncio.sleep(LIMITS.sweep)
        assert [one.wire.is_closing() for one in slow] == [False, True]

    run_in_virtual_time(story())
