"""The sockets that listen on addresses."""

import errno
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from exporter.model.errors import ListenError
from exporter.web.server.address import Address, UnixAddress, bound_address
from exporter.web.server.listening import (
    Target,
    bind,
    bind_each,
    listening,
    reason_of,
    targets_of,
)
from tests.support.program import PATIENCE

V4, V6 = Target(socket.AF_INET, ("127.0.0.1", 0)), Target(socket.AF_INET6, ("::1", 0, 0, 0))
ELSEWHERE = Target(socket.AF_INET, ("192.0.2.1", 0))
NO_FAMILY = Target(999, ("::1", 0))


@contextmanager
def open_sockets(sockets: list[socket.socket]) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(sock) for sock in sockets]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with listening([Address("127.0.0.1", 0)]) as [sock]:
        yield sock


def connect(sock: socket.socket) -> None:
    with socket.socket(sock.family) as client:
        client.settimeout(PATIENCE)
        client.connect(sock.getsockname())


def test_a_socket_names_its_protocol_so_that_no_answer_waits(listener: socket.socket) -> None:
    assert listener.proto == socket.IPPROTO_TCP


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        pytest.param(Address("127.0.0.1", 0), "127.0.0.1:", id="IPv4"),
        pytest.param(Address("::1", 0), "[::1]:", id="IPv6"),
        pytest.param(Address("localhost", 0), ("127.0.0.1:", "[::1]:"), id="a name"),
    ],
)
def test_port_0_takes_a_port_that_is_free(address: Address, shown: str) -> None:
    with listening([address]) as sockets:
        for sock in sockets:
            assert str(bound_address(sock)).startswith(shown)
            connect(sock)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_without_a_host_both_kinds_of_addresses_are_listened_on(host: str) -> None:
    with listening([Address("", 0)]) as [sock]:
        socket.create_connection((host, sock.getsockname()[1]), timeout=PATIENCE).close()


def test_an_address_of_ipv6_leaves_its_port_to_ipv4() -> None:
    with listening([Address("::", 0)]) as [taken]:
        every = Address("0.0.0.0", taken.getsockname()[1])  # noqa: S104
        with listening([every]) as [sock]:
            connect(sock)


def test_a_name_means_every_address_that_it_has() -> None:
    found = socket.getaddrinfo("localhost", 9, type=socket.SOCK_STREAM)
    assert [target.name for target in targets_of(Address("localhost", 9))] == [
        one[4] for one in found
    ]


def test_an_address_that_a_name_has_twice_is_listened_on_once() -> None:
    with open_sockets(bind_each([V4, V6, V4])) as sockets:
        assert [sock.getsockname()[0] for sock in sockets] == ["127.0.0.1", "::1"]


def test_every_address_of_a_name_is_listened_on_at_the_same_port() -> None:
    with open_sockets(bind_each([V4, V6])) as sockets:
        assert [sock.getsockname()[0] for sock in sockets] == ["127.0.0.1", "::1"]
        assert len({sock.getsockname()[1] for sock in sockets}) == 1
        for sock in sockets:
            connect(sock)


@pytest.mark.parametrize("missing", [ELSEWHERE, NO_FAMILY], ids=["no address", "no family"])
@pytest.mark.parametrize("place", [0, 1], ids=["first", "last"])
def test_an_address_that_the_machine_does_not_have_is_left_out(missing: Target, place: int) -> None:
    targets = [V4]
    targets.insert(place, missing)
    with open_sockets(bind_each(targets)) as [sock]:
        assert sock.getsockname()[0] == "127.0.0.1"


def test_a_name_without_an_address_that_the_machine_has_is_an_error() -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EADDRNOTAVAIL)):
        bind_each([NO_FAMILY, ELSEWHERE])


def test_a_port_in_use_at_one_address_of_a_name_is_an_error_and_frees_the_others() -> None:
    with open_sockets(bind_each([V6])) as [taken]:
        port = taken.getsockname()[1]
        targets = [Target(one.family, (one.name[0], port, *one.name[2:])) for one in (V4, V6)]
        with pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
            bind_each(targets)
        with open_sockets(bind_each(targets[:1])) as [free]:
            connect(free)


def test_a_port_in_use_is_said_with_the_flag_that_takes_another(listener: socket.socket) -> None:
    address = bound_address(listener)
    with pytest.raises(ListenError) as caught:
        bind(address)
    assert str(caught.value) == (
        f"cannot listen on {address}: port {address.port} is already in use; "
        "choose another with --web.listen-address"
    )


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param(
            errno.EACCES,
            "the program's user may not use port 80: a low port takes the capability "
            "CAP_NET_BIND_SERVICE; choose another with --web.listen-address",
            id="a low port",
        ),
        pytest.param(
            errno.EADDRNOTAVAIL,
            "this machine does not have that address; choose another with --web.listen-address",
            id="an address of another machine",
        ),
        pytest.param(errno.ENOBUFS, "No buffer space available", id="anything else"),
    ],
)
def test_why_nothing_listens_is_said(number: int, expected: str) -> None:
    assert reason_of(Address("", 80), OSError(number, os.strerror(number))) == expected


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
    with pytest.raises(ListenError, match=r"^cannot listen on .*: \w"):
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
    with socket.create_connection(address, timeout=PATIENCE), listener.accept()[0]:
        listener.close()
    with listening([address]) as [sock]:
        assert bound_address(sock) == address


def test_nothing_stays_when_one_of_several_addresses_cannot_be_listened_on(
    listener: socket.socket, tmp_path: Path
) -> None:
    first = UnixAddress(str(tmp_path / "s"))
    with pytest.raises(ListenError), listening([first, bound_address(listener)]):
        pass
    assert list(tmp_path.iterdir()) == []
