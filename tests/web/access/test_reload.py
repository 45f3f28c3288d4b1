"""The files of the web configuration, as they change while the program runs."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporter.model.errors import ConfigError
from exporter.web.access.reload import Access
from tests.web.changing import CLIENTS, HASH, TLS, events, problems_of, put, requests_come
from tests.web.serving import Certificates


def test_without_a_file_there_is_neither_tls_nor_users() -> None:
    access = Access()
    requests_come(access)
    assert (access.context, access.config.basic_auth_users) == (None, {})
    assert access.view() is None


def test_a_start_says_everything_that_is_wrong_in_the_file_and_in_those_that_it_names(
    tmp_path: Path,
) -> None:
    file = put(tmp_path, "web.yml", TLS + "basic_auth_users: {me: x}\n")
    with pytest.raises(ConfigError) as caught:
        Access(file)
    assert [problem.path for problem in caught.value.problems] == [
        "basic_auth_users.me",
        "tls_server_config.cert_file",
        "tls_server_config.key_file",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(None, "expected a readable file: No such file", id="no file"),
        pytest.param("a: [\n", "expected YAML, but line 2", id="no YAML"),
    ],
)
def test_a_start_without_a_file_that_can_be_read_fails(
    tmp_path: Path, text: str | None, expected: str
) -> None:
    if text is not None:
        put(tmp_path, "web.yml", text)
    with pytest.raises(ConfigError, match=rf"web\.yml: {expected}"):
        Access(tmp_path / "web.yml")


@pytest.mark.usefixtures("certificates")
def test_nothing_is_read_again_that_has_not_changed(tmp_path: Path) -> None:
    access = Access(put(tmp_path, "web.yml", TLS))
    before = access.context
    requests_come(access)
    assert access.context is before


def test_a_new_certificate_makes_a_new_context(tmp_path: Path, certificates: Certificates) -> None:
    access = Access(put(tmp_path, "web.yml", TLS))
    before = access.context
    certificates.write("server", "localhost")
    with capture_logs() as logs:
        requests_come(access)
    assert access.context not in (before, None)
    assert logs == []


@pytest.mark.usefixtures("certificates")
def test_a_half_rotated_pair_keeps_the_last_good_one_and_is_logged_once_each_way(
    tmp_path: Path,
) -> None:
    access = Access(put(tmp_path, "web.yml", TLS))
    before = access.context
    put(tmp_path, "server.crt", (tmp_path / "other.crt").read_bytes())
    with capture_logs() as logs:
        requests_come(access)
        assert access.context is before
        assert [problem.count("key_file") for problem in problems_of(access)] == [1]
        put(tmp_path, "server.key", (tmp_path / "other.key").read_bytes())
        requests_come(access)
        assert access.context is not before
        assert problems_of(access) == ()
    assert events(logs) == [
        ("warning", "certificate or key is bad, the last ones are used"),
        ("info", "certificate and key are good again"),
    ]
    assert "server.key" not in logs[0]["error"]
    assert "key_file: expected the key of the certificate" in logs[0]["error"]


@pytest.mark.usefixtures("certificates")
@pytest.mark.parametrize("name", ["server.crt", "server.key", "ca.crt"])
@pytest.mark.parametrize("text", [None, "", "no PEM"], ids=["gone", "empty", "no PEM"])
def test_a_file_that_turns_bad_alone_keeps_the_last_good_ones(
    tmp_path: Path, name: str, text: str | None
) -> None:
    access = Access(put(tmp_path, "web.yml", CLIENTS))
    before = access.context
    (tmp_path / name).unlink() if text is None else put(tmp_path, name, text)
    with capture_logs() as logs:
        requests_come(access)
    assert access.context is before
    assert len(logs) == 1


def test_a_change_is_seen_though_size_time_and_inode_are_the_same(tmp_path: Path) -> None:
    file = put(tmp_path, "web.yml", f"basic_auth_users: {{me: {HASH}}}\n")
    access, before = Access(file), file.stat()
    file.write_text(f"basic_auth_users: {{it: {HASH}}}\n", encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_ino, file.stat().st_size) == (before.st_ino, before.st_size)
    requests_come(access)
    assert access.config.basic_auth_users == {"it": HASH}


@pytest.mark.parametrize("users", [1, 2])
def test_a_change_is_said_once_with_the_number_of_users(tmp_path: Path, users: int) -> None:
    access = Access(put(tmp_path, "web.yml", f"basic_auth_users: {{me: {HASH}}}\n"))
    named = "".join(f"  user{number}: {HASH}\n" for number in range(users))
    file = put(tmp_path, "web.yml", f"basic_auth_users:\n{named}")
    with capture_logs() as logs:
        requests_come(access)
    assert events(logs) == [("info", "web configuration changed")]
    assert (logs[0]["file"], logs[0]["users"]) == (str(file), users)
    assert HASH not in str(logs)


def test_what_changes_nothing_is_not_said(tmp_path: Path) -> None:
    access = Access(put(tmp_path, "web.yml", ""))
    put(tmp_path, "web.yml", "# nobody yet\n")
    with capture_logs() as logs:
        requests_come(access)
    assert logs == []


@pytest.mark.usefixtures("certificates")
def test_policies_are_those_of_the_file_as_it_is_now(tmp_path: Path) -> None:
    access = Access(put(tmp_path, "web.yml", TLS))
    put(tmp_path, "web.yml", CLIENTS)
    requests_come(access)
    assert access.context is not None
    assert len(access.context.get_ca_certs()) == 1
