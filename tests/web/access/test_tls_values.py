"""Values of `tls_server_config` that are accepted, and keys that count as absent.

The values that are refused are in `bad_web_configs`, which `test_web_config.py` reads.
"""

import pytest
from pydantic import TypeAdapter

from exporter.web.access.tls_values import Curves, Suites, without_empty

SUITE = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"


def test_null_keys_are_absent_and_so_are_empty_texts_where_go_takes_them_for_absent() -> None:
    section = {"cert": "", "cert_file": "c", "key_file": None, "client_auth_type": "", "x": ""}
    assert without_empty(section) == {"cert_file": "c", "client_auth_type": "", "x": ""}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param(Suites, (), id="OpenSSL's own suites"),
        pytest.param(Suites, (SUITE,), id="a suite of TLS 1.2"),
        pytest.param(Suites, ("TLS_AES_128_GCM_SHA256", SUITE), id="suites of TLS 1.3 and 1.2"),
        pytest.param(Curves, (), id="OpenSSL's own curves"),
        pytest.param(Curves, ("X25519",), id="one curve"),
    ],
)
def test_a_list_that_python_can_honour_is_accepted(kind: object, value: tuple[str, ...]) -> None:
    assert TypeAdapter(kind).validate_python(value) == value
