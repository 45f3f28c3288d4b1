"""The web configuration in force, and the log lines about its changes."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporter.web.access.reload import Access
from tests.web.changing import HASH, TLS, USER, events, problems_of, put, requests_come
from tests.web.serving import Certificates


def test_without_a_file_there_is_neither_tls_nor_users() -> None:
    access = Access()
    requests_come(access)
    assert (access.context, access.config.basic_auth_users) == (None, {})
    assert access.view() is None


def test_a_new_certificate_is_in_force_without_a_word(
    tmp_path: Path, certificates: Certificates
) -> None:
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
        ("warning", "certificate or key is bad, using the last good ones"),
        ("info", "certificate and key are good again"),
    ]
    assert "server.key" not in logs[0]["error"]
    assert "key_file: expected the key of the certificate" in logs[0]["error"]


@pytest.mark.parametrize("users", [1, 2])
def test_a_change_is_logged_once_with_the_number_of_users(tmp_path: Path, users: int) -> None:
    access = Access(put(tmp_path, "web.yml", USER))
    named = "".join(f"  user{number}: {HASH}\n" for number in range(users))
    file = put(tmp_path, "web.yml", f"basic_auth_users:\n{named}")
    with capture_logs() as logs:
        requests_come(access)
    assert events(logs) == [("info", "web configuration changed")]
    assert (logs[0]["file"], logs[0]["users"]) == (str(file), users)
    assert HASH not in str(logs)


def test_an_edit_that_changes_nothing_is_not_logged(tmp_path: Path) -> None:
    access = Access(put(tmp_path, "web.yml", ""))
    put(tmp_path, "web.yml", "# nobody yet\n")
    with capture_logs() as logs:
        requests_come(access)
    assert logs == []
