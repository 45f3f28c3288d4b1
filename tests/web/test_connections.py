"""Which connections are dropped, when, and for whom."""

import pytest

from exporter.web.connections import (
    Connection,
    Doing,
    Limits,
    accepted_at_once,
    in_the_way,
    most_connections,
)

LIMITS = Limits(handshake=10, request=10, answer=20)


class Line:
    """A transport: what waits to be sent, and whether it was closed."""

    def __init__(self, unsent: int = 0) -> None:
        self.unsent = unsent
        self.is_aborted = False

    def abort(self) -> None:
        self.is_aborted = True

    def get_write_buffer_size(self) -> int:
        return self.unsent


def connection(
    doing: Doing, since: float = 0.0, address: str = "10.0.0.1", unsent: int = 0
) -> Connection:
    return Connection(Line(unsent), address, doing, since)


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


def test_an_answer_that_is_not_taken_ends_the_connection() -> None:
    slow = connection(Doing.NOTHING, unsent=5)
    assert not slow.is_overdue(LIMITS, 100.0)
    assert not slow.is_overdue(LIMITS, 120.0)
    assert slow.is_overdue(LIMITS, 120.1)


def test_an_answer_that_was_taken_is_forgotten() -> None:
    line = Line(5)
    reader = Connection(line, "10.0.0.1", Doing.ANSWER, 0.0)
    assert not reader.is_overdue(LIMITS, 100.0)
    line.unsent = 0
    assert not reader.is_overdue(LIMITS, 110.0)
    line.unsent = 5
    assert not reader.is_overdue(LIMITS, 125.0)


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
    assert in_the_way([scraper, *FLOOD]) is FLOOD[1]


def test_of_one_address_the_one_goes_that_waited_longest_without_a_request() -> None:
    scrape = connection(Doing.ANSWER, 0.0, "10.6.6.6")
    newest = connection(Doing.HANDSHAKE, 9.0, "10.6.6.6")
    assert in_the_way([scrape, newest, *FLOOD]) is FLOOD[1]


def test_when_all_are_being_answered_the_oldest_goes() -> None:
    scrapes = [connection(Doing.ANSWER, since) for since in (3.0, 2.0, 4.0)]
    assert in_the_way(scrapes) is scrapes[1]


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
