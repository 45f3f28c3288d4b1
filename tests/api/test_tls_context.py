"""The TLS context of the connections to an API."""

import ssl
from pathlib import Path

import pytest

from exporter.api.tls_context import make_context
from exporter.config.tls_files import Pems
from exporter.config.user_file import Content
from tests.support.secure_api import Certificates


def authorities(context: ssl.SSLContext) -> int:
    return context.cert_store_stats()["x509"]


def test_the_name_and_the_certificate_are_checked_and_tls_1_2_is_the_least() -> None:
    context = make_context(Pems())
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_those_of_certifi_count_where_the_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "")  # for OpenSSL, a store without a name
    monkeypatch.setenv("SSL_CERT_DIR", "")
    assert authorities(make_context(Pems())) > 50


def test_those_of_certifi_do_not_count_where_the_system_has_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(Certificates(tmp_path).ca_file))
    monkeypatch.setenv("SSL_CERT_DIR", "")
    assert authorities(make_context(Pems())) == 1


def test_the_authorities_of_the_configuration_are_the_only_ones(tmp_path: Path) -> None:
    content = Content(Certificates(tmp_path).ca_file.read_bytes())
    assert authorities(make_context(Pems(ca=content))) == 1
