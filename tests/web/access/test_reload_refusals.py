"""Web configurations refused while the program runs: the last good one stays in force."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporter.web.access.reload import Access
from tests.web.changing import CLIENTS, HASH, TLS, USER, events, problems_of, put, requests_come
from tests.web.serving import Certificates

REFUSED = ("error", "web configuration is refused, keeping the old one")
GOOD_AGAIN = ("info", "web configuration is good again")
NAMES = CLIENTS.replace("}", ", client_allowed_sans: [prometheus]}")


@pytest.mark.usefixtures("certificates")
@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        pytest.param(TLS, "basic_auth_users: {me: hunter2}", "expected a bcrypt", id="users"),
        pytest.param(TLS, "a: [", "expected YAML", id="no YAML"),
        pytest.param(
            TLS, "tls_server_config: {cert: 5}", "tls_server_config.cert: expected text", id="TLS"
        ),
        pytest.param(TLS, None, "expected a readable file", id="gone"),
        pytest.param(
            TLS,
            "tls_server_config: {cert_file: none.crt, key_file: none.key}",
            "tls_server_config.cert_file: expected a readable file",
            id="other files that are not there",
        ),
        pytest.param(TLS, "", "tls_server_config: expected TLS to stay on or off", id="TLS off"),
        pytest.param("", TLS, "tls_server_config: expected TLS to stay on or off", id="TLS on"),
        pytest.param(USER, "", "basic_auth_users: expected at least one user", id="emptied"),
        pytest.param(USER, "basic_auth_users:", "basic_auth_users: expected", id="users cut off"),
        pytest.param(USER, USER[:-20], "expected YAML", id="half-written"),
        pytest.param(CLIENTS, TLS, "client_auth_type: expected Require", id="no certificates"),
        pytest.param(
            NAMES, CLIENTS, "client_allowed_sans: expected at least one name", id="no names"
        ),
    ],
)
def test_a_configuration_that_is_refused_is_said_once_each_way_and_the_old_one_stays(
    tmp_path: Path, before: str, text: str | None, expected: str
) -> None:
    access = Access(put(tmp_path, "web.yml", before))
    config, is_tls = access.config, access.context is not None
    (tmp_path / "web.yml").unlink() if text is None else put(tmp_path, "web.yml", text)
    with capture_logs() as logs:
        requests_come(access)
        assert (access.config, access.context is not None) == (config, is_tls)
        assert problems_of(access) == (logs[0]["error"],)
        put(tmp_path, "web.yml", before)
        requests_come(access)
        assert problems_of(access) == ()
    assert events(logs) == [REFUSED, GOOD_AGAIN]
    assert expected in logs[0]["error"]
    assert "hunter2" not in str(logs)


def test_a_configuration_that_is_bad_in_another_way_is_said_again(tmp_path: Path) -> None:
    access = Access(put(tmp_path, "web.yml", USER))
    with capture_logs() as logs:
        for text in ("", "a: [", USER + "# mended\n"):
            put(tmp_path, "web.yml", text)
            requests_come(access)
    assert events(logs) == [REFUSED, REFUSED, GOOD_AGAIN]


def test_the_users_of_another_configuration_than_the_refused_one_are_in_force(
    tmp_path: Path,
) -> None:
    access = Access(put(tmp_path, "web.yml", USER))
    for text in ("", USER.replace("me", "it")):
        put(tmp_path, "web.yml", text)
        requests_come(access)
    assert access.config.basic_auth_users == {"it": HASH}


def test_a_configuration_whose_files_come_later_is_good_as_soon_as_they_are_there(
    tmp_path: Path, certificates: Certificates
) -> None:
    access = Access(put(tmp_path, "web.yml", TLS))
    put(tmp_path, "web.yml", TLS.replace("server.", "later.") + USER)
    requests_come(access)
    assert access.config.basic_auth_users == {}
    certificates.write("later", "localhost")
    requests_come(access)
    assert access.config.basic_auth_users == {"me": HASH}


def test_a_certificate_is_renewed_while_a_configuration_is_refused(
    tmp_path: Path, certificates: Certificates
) -> None:
    access = Access(put(tmp_path, "web.yml", TLS))
    put(tmp_path, "web.yml", "a: [")
    requests_come(access)
    before = access.context
    certificates.write("server", "localhost")
    with capture_logs() as logs:
        requests_come(access)
    assert access.context not in (before, None)
    assert logs == []


@pytest.mark.usefixtures("certificates")
def test_a_certificate_that_turns_bad_is_said_also_while_a_configuration_is_refused(
    tmp_path: Path,
) -> None:
    access = Access(put(tmp_path, "web.yml", TLS))
    put(tmp_path, "web.yml", "a: [")
    requests_come(access)
    before = access.context
    put(tmp_path, "server.key", "no PEM")
    with capture_logs() as logs:
        requests_come(access)
    assert events(logs) == [("warning", "certificate or key is bad, using the last good ones")]
    assert access.context is before
    assert len(problems_of(access)) == 2


@pytest.mark.usefixtures("certificates")
def test_a_configuration_that_is_good_again_is_in_force_while_its_files_are_bad(
    tmp_path: Path,
) -> None:
    access = Access(put(tmp_path, "web.yml", TLS))
    with capture_logs() as logs:
        put(tmp_path, "web.yml", "a: [")
        requests_come(access)
        put(tmp_path, "server.key", "no PEM")
        put(tmp_path, "web.yml", TLS)
        requests_come(access)
    assert events(logs) == [
        REFUSED,
        GOOD_AGAIN,
        ("warning", "certificate or key is bad, using the last good ones"),
    ]
