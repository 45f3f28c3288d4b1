"""Addresses, and the sockets that listen on them."""

import socket
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from exporter.model.errors import ListenError
from exporter.web.server.listening import Address, bind, bound_address, parse_address
from tests.support.program import PATIENCE

ADDRESSES = [
    pytest.param(":10423", Address("", 10423), id="a port alone"),
    pytest.param("127.0.0.1:0", Address("127.0.0.1", 0), id="an address, any free port"),
    pytest.param("0.0.0.0:80", Address("0.0.0.0", 80), id="every address"),  # noqa: S104
    pytest.param("[::1]:10423", Address("::1", 10423), id="an address of IPv6"),
    pytest.param("[::]:65535", Address("::", 65535), id="the last port"),
    pytest.param("[::ffff:127.0.0.1]:1", Address("::ffff:127.0.0.1", 1), id="IPv4 in IPv6"),
    pytest.param("localhost:9", Address("localhost", 9), id="a name"),
]
NO_ADDRESSES = [
    pytest.param("", id="nothing"),
    pytest.param(":", id="a colon"),
    pytest.param("10423", id="no colon"),
    pytest.param("127.0.0.1", id="no port"),
    pytest.param("127.0.0.1:", id="an empty port"),
    pytest.param(":65536", id="a port over the last"),
    pytest.param(":100000", id="a port of six digits"),
    pytest.param(":-1", id="a negative port"),
    pytest.param(":http", id="a port by name"),
    pytest.param(":\u0661", id="a digit not in ASCII"),
    pytest.param("::1:10423", id="IPv6 without brackets"),
    pytest.param("[::1]", id="IPv6 without a port"),
    pytest.param("[]:1", id="empty brackets"),
    pytest.param("[localhost]:1", id="a name in brackets"),
    pytest.param("http://localhost:1", id="a URL"),
    pytest.param("a b:1", id="a space"),
    pytest.param(":1\n", id="a line end"),
]


def taken(address: Address) -> Iterator[socket.socket]:
    with closing(bind(address)) as sock:
        yield sock


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    yield from taken(Address("127.0.0.1", 0))


@pytest.mark.parametrize(("text", "expected"), ADDRESSES)
def test_an_address_is_a_host_and_a_port(text: str, expected: Address) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize(("text", "address"), ADDRESSES)
def test_an_address_is_written_as_it_is_read(text: str, address: Address) -> None:
    assert str(address) == text


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"^expected an address such as :10423"):
        parse_address(text)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        pytest.param(Address("127.0.0.1", 0), "127.0.0.1:", id="IPv4"),
        pytest.param(Address("::1", 0), "[::1]:", id="IPv6"),
        pytest.param(Address("localhost", 0), ("127.0.0.1:", "[::1]:"), id="a name"),
    ],
)
def test_port_0_takes_a_port_that_is_free(address: Address, shown: str) -> None:
    for sock in taken(address):
        real = bound_address(sock)
        assert real.port > 0
        assert str(real).startswith(shown)
        socket.create_connection(sock.getsockname()[:2], timeout=PATIENCE).close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_without_a_host_both_kinds_of_addresses_are_listened_on(host: str) -> None:
    for sock in taken(Address("", 0)):
        socket.create_connection((host, bound_address(sock).port), timeout=PATIENCE).close()


def test_a_port_in_use_is_said_with_its_address(listener: socket.socket) -> None:
    address = bound_address(listener)
    with pytest.raises(ListenError, match=rf"^cannot listen on {address}: Address already in use"):
        bind(address)


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("192.0.2.1", id="an address that is not this machine's"),
        pytest.param("::::", id="no address of IPv6"),
        pytest.param("host..name", id="a name with an empty label"),
        pytest.param("a" * 64, id="a name with a label that is too long"),
        pytest.param(".", id="a dot"),
    ],
)
def test_what_cannot_be_listened_on_is_said_with_its_address(host: str) -> None:
    with pytest.raises(ListenError, match=r"^cannot listen on "):
        bind(Address(host, 0))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other options")
def test_the_system_holds_little_for_a_connection_and_ends_one_that_takes_nothing(
    listener: socket.socket,
) -> None:
    with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
        options = [
            accepted.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_NOTSENT_LOWAT, socket.TCP_USER_TIMEOUT)
        ]
    assert options == [64 * 1024, 60_000]


def test_a_port_can_be_taken_again_at_once(listener: socket.socket) -> None:
    address = bound_address(listener)
    with (
        socket.create_connection(address, timeout=PATIENCE),
        closing(listener.accept()[0]),
    ):
        listener.close()
    for sock in taken(address):
        assert bound_address(sock) == address
