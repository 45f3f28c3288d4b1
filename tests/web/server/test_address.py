"""Addresses as they are read and written, and those of sockets."""

import socket
from pathlib import Path

import pytest

from exporter.web.server.address import Address, UnixAddress, bound_address, parse_address

ADDRESSES = [
    pytest.param(":10423", Address("", 10423), id="a port alone"),
    pytest.param("127.0.0.1:0", Address("127.0.0.1", 0), id="an address, any free port"),
    pytest.param("0.0.0.0:80", Address("0.0.0.0", 80), id="every address"),  # noqa: S104
    pytest.param("[::1]:10423", Address("::1", 10423), id="an address of IPv6"),
    pytest.param("[::]:65535", Address("::", 65535), id="the last port"),
    pytest.param("[::ffff:127.0.0.1]:1", Address("::ffff:127.0.0.1", 1), id="IPv4 in IPv6"),
    pytest.param("localhost:9", Address("localhost", 9), id="a name"),
    pytest.param("unix:9", Address("unix", 9), id="a name that is unix"),
    pytest.param("unix:/run/my.sock", UnixAddress("/run/my.sock"), id="a Unix socket"),
    pytest.param("unix:/a b:1", UnixAddress("/a b:1"), id="a path with a space and a colon"),
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
    pytest.param("unix:", id="no path"),
    pytest.param("unix:my.sock", id="a path that is not absolute"),
    pytest.param("unix://run/my.sock\n", id="a path with a line end"),
    pytest.param("/run/my.sock", id="a path alone"),
]


@pytest.mark.parametrize(("text", "expected"), ADDRESSES)
def test_an_address_is_a_host_and_a_port_or_a_path(
    text: str, expected: Address | UnixAddress
) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize(("text", "address"), ADDRESSES)
def test_an_address_is_written_as_it_is_read(text: str, address: Address | UnixAddress) -> None:
    assert str(address) == text


@pytest.mark.parametrize(
    ("text", "url"),
    [
        pytest.param(":10423", "http://localhost:10423", id="every address"),
        pytest.param("0.0.0.0:1", "http://localhost:1", id="every address of IPv4"),
        pytest.param("[::]:1", "http://localhost:1", id="every address of IPv6"),
        pytest.param("localhost:1", "http://localhost:1", id="a name"),
        pytest.param("127.0.0.1:1", "http://127.0.0.1:1", id="an address"),
        pytest.param("[::1]:1", "http://[::1]:1", id="an address of IPv6"),
    ],
)
def test_the_url_of_an_address_can_be_opened_on_this_machine(text: str, url: str) -> None:
    address = parse_address(text)
    assert isinstance(address, Address)
    assert address.url(tls=False) == url
    assert address.url(tls=True) == url.replace("http:", "https:")


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"^expected an address such as .* localhost:10423 or unix:/run/"
    ):
        parse_address(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_address_of_a_socket_has_the_port_that_the_system_chose(host: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
        sock.bind((host, 0))
        assert bound_address(sock) == Address(host, sock.getsockname()[1])


def test_the_address_of_a_unix_socket_is_its_path(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "s"))
        assert str(bound_address(sock)) == f"unix:{tmp_path / 's'}"


def test_the_address_of_a_unix_socket_in_no_folder_is_its_name() -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind("")  # the system chooses the name
        assert str(bound_address(sock)) == f"unix:@{sock.getsockname()[1:].decode()}"
