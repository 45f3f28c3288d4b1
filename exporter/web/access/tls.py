"""TLS on the server's side: certificate, key and the clients' CAs as one `ssl.SSLContext`.

A context is built from the present files and never changes afterwards. A replaced certificate needs
a new context; open connections keep the old one.
"""

import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from exporter.config.pem import load_pair, trust
from exporter.model.errors import ConfigError, Problem
from exporter.web.access.file_contents import FileReader
from exporter.web.access.tls_values import CLIENT_AUTH, CURVES, SUITES, VERSIONS
from exporter.web.access.web_config import TlsServerConfig


def make_context(tls: TlsServerConfig, file: Path, files: FileReader) -> ssl.SSLContext:
    """Return the context for the section `tls_server_config` of the web configuration `file`.

    Raises ConfigError with every certificate, key and CA that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _configure(context, tls)
    problems = [*_load_pair(context, tls, files), *_load_client_cas(context, tls, files)]
    if problems:
        raise ConfigError(file, problems)
    return context


def _configure(context: ssl.SSLContext, tls: TlsServerConfig) -> None:
    """Set every option that needs no file.

    Sessions are not resumed, so each client must show its certificate on each connection. A CA for
    clients may be an intermediate one, as in Go.
    """
    context.minimum_version = VERSIONS[tls.min_version]
    context.maximum_version = VERSIONS[tls.max_version]
    context.verify_mode = CLIENT_AUTH[tls.client_auth_type]
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
    context.num_tickets = 0
    if not tls.prefer_server_cipher_suites:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if tls.cipher_suites:
        context.set_ciphers(":".join(SUITES[one] for one in tls.cipher_suites if one in SUITES))
    for curve in tls.curve_preferences:
        context.set_ecdh_curve(CURVES[curve])
    context.set_alpn_protocols(["http/1.1"])


class _Pem(NamedTuple):
    """A text in PEM, from the configuration or a file that it names, or its problem.

    `key` is the key of the configuration, such as `cert` or `cert_file`.
    """

    key: str
    data: bytes = b""
    problem: str = ""

    def wrong(self, message: str) -> Problem:
        return Problem(f"tls_server_config.{self.key}", message)


def _load_pair(context: ssl.SSLContext, tls: TlsServerConfig, files: FileReader) -> list[Problem]:
    """Load the certificate with its chain, and its key. Return their problems."""
    certificate = _pem("cert", tls.cert, tls.cert_file, files)
    private = _pem("key", tls.key, tls.key_file, files)
    if unread := [one.wrong(one.problem) for one in (certificate, private) if one.problem]:
        return unread
    bad = load_pair(context, certificate.data, private.data)
    if bad is None:
        return []
    return [(private if bad.of_key else certificate).wrong(bad.message)]


def _load_client_cas(
    context: ssl.SSLContext, tls: TlsServerConfig, files: FileReader
) -> list[Problem]:
    """Load the CAs that verify clients. Return their problems."""
    if tls.client_ca is None and tls.client_ca_file is None:
        return []
    pem = _pem("client_ca", tls.client_ca, tls.client_ca_file, files)
    if pem.problem:
        return [pem.wrong(pem.problem)]
    return [] if trust(context, pem.data) else [pem.wrong("expected certificates in PEM")]


def client_cas(tls: TlsServerConfig | None, files: FileReader) -> bytes:
    """Return the CAs that verify clients, in PEM; empty without any."""
    if tls is None:
        return b""
    return _pem("client_ca", tls.client_ca, tls.client_ca_file, files).data


def admits(tls: TlsServerConfig, certificate: object) -> bool:
    """Tell whether a client is admitted; `certificate` is its verified one, from `getpeercert`."""
    if CLIENT_AUTH[tls.client_auth_type] is ssl.CERT_REQUIRED and not certificate:
        return False
    allowed = tls.client_allowed_sans
    return allowed is None or has_allowed_name(certificate, allowed)


def _pem(name: str, inline: str | None, path: Path | None, files: FileReader) -> _Pem:
    """Return the text of the key `name`, or of the file that `name_file` names."""
    if path is None:
        return _Pem(name, (inline or "").encode())
    content = files.read(path)
    return _Pem(f"{name}_file", content.data, content.problem)


def has_allowed_name(certificate: object, allowed: tuple[str, ...]) -> bool:
    """Tell whether a subject alternative name of a client's certificate is one of `allowed`.

    `certificate` is what `getpeercert` returns. DNS names, IP addresses, e-mail addresses and URIs
    must match exactly, as Go writes them.
    """
    names = certificate.get("subjectAltName", ()) if isinstance(certificate, dict) else ()
    for kind, value in names:
        if kind in ("DNS", "email", "URI") and value in allowed:
            return True
        if kind == "IP Address" and _canonical(value) in allowed:
            return True
    return False


def _canonical(address: str) -> str | None:
    try:
        return str(ip_address(address.strip()))
    except ValueError:
        return None
