"""Keys of `tls_server_config` that go together, and those that do not.

The message of each clash is in `bad_web_configs`, which `test_web_config.py` reads.
"""

import pytest

from exporter.web.access.tls_clashes import tls_clashes

PAIR = {"cert_file": "c", "key_file": "k"}
REQUIRED = "RequireAndVerifyClientCert"
IF_GIVEN = "VerifyClientCertIfGiven"


@pytest.mark.parametrize(
    "tls",
    [
        pytest.param(None, id="no TLS"),
        pytest.param([], id="no section, which another check reports"),
        pytest.param({"cert_file": None, "key_file": ""}, id="keys without values"),
        pytest.param(PAIR, id="files"),
        pytest.param({"cert": "x", "key_file": "k"}, id="one inline"),
        pytest.param(PAIR | {"cert": ""}, id="a file and an empty text"),
        pytest.param(PAIR | {"client_auth_type": "NoClientCert"}, id="no CA and no policy"),
        pytest.param(PAIR | {"client_ca": "x", "client_auth_type": IF_GIVEN}, id="a CA, if given"),
        pytest.param(
            PAIR
            | {
                "client_ca_file": "ca",
                "client_auth_type": REQUIRED,
                "client_allowed_sans": ["scraper"],
            },
            id="a CA and names",
        ),
        pytest.param(PAIR | {"min_version": "TLS13"}, id="TLS 1.3 alone"),
    ],
)
def test_keys_that_go_together_do_not_clash(tls: object) -> None:
    assert list(tls_clashes({"tls_server_config": tls})) == []


def test_every_clash_is_found_at_once_whatever_the_types_of_the_values() -> None:
    tls = {
        "cert": 1,
        "cert_file": ["c"],
        "client_ca_file": True,
        "client_allowed_sans": 2,
        "min_version": "TLS13",
        "max_version": "TLS12",
    }
    assert [problem.path for problem in tls_clashes({"tls_server_config": tls})] == [
        f"tls_server_config.{key}"
        for key in ("cert", "key_file", "client_auth_type", "client_allowed_sans", "max_version")
    ]


def test_a_file_that_is_no_mapping_has_no_clashes() -> None:
    assert list(tls_clashes(["tls_server_config"])) == []
