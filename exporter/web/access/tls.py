"""TLS on the server's side: certificate, key and the clients' CAs as one `ssl.SSLContext`.

A context is built from the present files and never changes afterwards. A replaced certificate needs
a new context; open connections keep the old one.
"""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple, NoReturn

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
    if not _trust(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), certificate.data):
        return [certificate.wrong("expected a certificate in PEM")]
    try:
        with _as_file(certificate.data) as chain, _as_file(private.data) as key:
            context.load_cert_chain(chain, key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None)
        if reason == "KEY_VALUES_MISMATCH":
            return [
                private.wrong("expected the key of the certificate, but it is the key of another")
            ]
        if reason in _WEAK:
            message = f"expected a certificate that OpenSSL accepts, but {_WEAK[reason]}"
            return [certificate.wrong(message)]
        return [private.wrong("expected a private key in PEM, without a password")]
    return []


_WEAK = {"EE_KEY_TOO_SMALL": "its key is too small", "CA_MD_TOO_WEAK": "its signature is too weak"}


def _no_password() -> NoReturn:
    """Refuse a key with a password: OpenSSL would ask for it at the terminal, and wait."""
    raise ValueError


def _load_client_cas(
    context: ssl.SSLContext, tls: TlsServerConfig, files: FileReader
) -> list[Problem]:
    """Load the CAs that verify clients. Return their problems."""
    if tls.client_ca is None and tls.client_ca_file is None:
        return []
    pem = _pem("client_ca", tls.client_ca, tls.client_ca_file, files)
    if pem.problem:
        return [pem.wrong(pem.problem)]
    return [] if _trust(context, pem.data) else [pem.wrong("expected certificates in PEM")]


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


def _trust(context: ssl.SSLContext, pem: bytes) -> bool:
    """Trust the certificates of a text in PEM. Return False when it holds none.

    Python refuses text that is not ASCII. In PEM only the comments between the certificates can be
    such text, so it is dropped.
    """
    try:
        context.load_verify_locations(cadata=pem.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError):
        return False
    return True


@contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    """Yield the path of a file in memory that holds `data`: Python loads keys only from files.

    So the exporter uses the very bytes that it checked, even if the files change in between.
    """
    with os.fdopen(os.memfd_create("pem"), "wb", buffering=0) as file:
        file.write(data)
        yield f"/proc/self/fd/{file.fileno()}"


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
