"""The protection that a changed web configuration may not take away."""

from pathlib import Path
from typing import Any

import pytest

from exporter.web.access.protection import taken_away
from exporter.web.access.web_config import WebConfig, parse_web_config

HASH = "$2y$04$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
USER = {"basic_auth_users": {"me": HASH}}
OTHERS = {"basic_auth_users": {"you": HASH, "it": HASH}}
HEADERS = {"http_server_config": {"headers": {"X-Frame-Options": "deny"}}}


def tls(auth: str = "", **more: object) -> dict[str, Any]:
    values: dict[str, object] = {"cert_file": "server.crt", "key_file": "server.key"}
    if auth:
        values["client_auth_type"] = auth
    if auth in ("VerifyClientCertIfGiven", "RequireAndVerifyClientCert"):
        values["client_ca_file"] = "ca.crt"
    return {"tls_server_config": values | more}


def of(values: dict[str, Any]) -> WebConfig:
    return parse_web_config(values, Path("web.yml"))


REQUIRED = tls("RequireAndVerifyClientCert")
NAMES = tls("RequireAndVerifyClientCert", client_allowed_sans=["prometheus"])
GIVEN = tls("VerifyClientCertIfGiven")

LOST_USERS = "basic_auth_users"
LOST_CERTIFICATES = "tls_server_config.client_auth_type"
LOST_NAMES = "tls_server_config.client_allowed_sans"
LOST_TLS = "tls_server_config"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({}, {}, [], id="nothing that protects"),
        pytest.param(HEADERS, {}, [], id="headers"),
        pytest.param({}, USER, [], id="a first user"),
        pytest.param(USER, OTHERS, [], id="other users"),
        pytest.param(OTHERS, USER, [], id="one user left"),
        pytest.param(USER, {}, [LOST_USERS], id="no user left"),
        pytest.param(USER, {"basic_auth_users": None}, [LOST_USERS], id="the key of users alone"),
        pytest.param(USER, HEADERS, [LOST_USERS], id="no user left, but something else"),
        pytest.param(tls(), REQUIRED, [], id="certificates from now on"),
        pytest.param(REQUIRED, tls(), [LOST_CERTIFICATES], id="no certificates"),
        pytest.param(REQUIRED, tls("NoClientCert"), [LOST_CERTIFICATES], id="none, in words"),
        pytest.param(REQUIRED, GIVEN, [LOST_CERTIFICATES], id="certificates only if given"),
        pytest.param(GIVEN, tls(), [], id="certificates that nobody had to give"),
        pytest.param(REQUIRED, NAMES, [], id="names from now on"),
        pytest.param(NAMES, NAMES, [], id="the same names"),
        pytest.param(
            NAMES, tls("RequireAndVerifyClientCert", client_allowed_sans=["x"]), [], id="others"
        ),
        pytest.param(NAMES, REQUIRED, [LOST_NAMES], id="no names"),
        pytest.param(NAMES, tls(), [LOST_CERTIFICATES, LOST_NAMES], id="neither"),
        pytest.param(tls(), {}, [LOST_TLS], id="TLS off"),
        pytest.param({}, tls(), [LOST_TLS], id="TLS on"),
        pytest.param(NAMES | USER, {}, [LOST_TLS, LOST_USERS], id="an emptied file"),
    ],
)
def test_a_change_takes_away_nothing_that_protects(
    before: dict[str, Any], after: dict[str, Any], expected: list[str]
) -> None:
    assert [problem.path for problem in taken_away(of(before), of(after))] == expected


@pytest.mark.parametrize(
    ("before", "after"), [(USER, {}), (REQUIRED, tls()), (NAMES, REQUIRED), (tls(), {})]
)
def test_a_refusal_says_what_to_do_instead(before: dict[str, Any], after: dict[str, Any]) -> None:
    (problem,) = taken_away(of(before), of(after))
    assert problem.message.startswith("expected ")
    assert "restart" in problem.message
