"""The server's side of TLS: certificate, key and the clients' CA as one `ssl.SSLContext`.

A context is built from the files as they are and is never changed afterwards: a replaced
certificate makes a new one, and connections that are open keep theirs.
"""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple, NoReturn

from exporter.model.errors import ConfigError, Problem
from exporter.web.access.file_contents import Contents
from exporter.web.access.tls_values import CLIENT_AUTH, CURVES, SUITES, VERSIONS
from exporter.web.access.web_config import TlsServerConfig


def make_context(tls: TlsServerConfig, file: Path, contents: Contents) -> ssl.SSLContext:
    """Return the context for what `tls_server_config` of the web configuration `file` says.

    Takes the files that it names from `contents`. Raises ConfigError with every certificate, key
    and CA that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _configure(context, tls)
    problems = [*_load_pair(context, tls, contents), *_load_authority(context, tls, contents)]
    if problems:
        raise ConfigError(file, problems)
    return context


def _configure(context: ssl.SSLContext, tls: TlsServerConfig) -> None:
    """Set what needs no file. Sessions are not resumed: each connection shows its certificate.

    A CA for clients may be one that another CA has signed, as in Go.
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
    """What stands under a key of the configuration or in the file that it names; or why not."""

    key: str
    data: bytes = b""
    problem: str = ""

    def says(self, problem: str) -> Problem:
        """Return a problem of this key."""
        return Problem(f"tls_server_config.{self.key}", problem)


def _load_pair(context: ssl.SSLContext, tls: TlsServerConfig, contents: Contents) -> list[Problem]:
    """Load the certificate with its chain, and its key. Return what is wrong with them."""
    certificate = _pem("cert", tls.cert, tls.cert_file, contents)
    private = _pem("key", tls.key, tls.key_file, contents)
    if unread := [one.says(one.problem) for one in (certificate, private) if one.problem]:
        return unread
    if not _trust(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), certificate.data):
        return [certificate.says("expected a certificate in PEM")]
    try:
        with _as_file(certificate.data) as chain, _as_file(private.data) as key:
            context.load_cert_chain(chain, key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None)
        if reason == "KEY_VALUES_MISMATCH":
            return [private.says("expected the key of the certificate, but it is another one's")]
        if reason in _WEAK:
            return [certificate.says(f"expected one that OpenSSL takes, but {_WEAK[reason]}")]
        return [private.says("expected a private key in PEM, without a password")]
    return []


_WEAK = {"EE_KEY_TOO_SMALL": "its key is too small", "CA_MD_TOO_WEAK": "its signature is too weak"}


def _no_password() -> NoReturn:
    """Stand in for OpenSSL's own question for a password, which would wait at the terminal."""
    raise ValueError


def _load_authority(
    context: ssl.SSLContext, tls: TlsServerConfig, contents: Contents
) -> list[Problem]:
    """Load the certificates that vouch for clients. Return what is wrong with them."""
    if tls.client_ca is None and tls.client_ca_file is None:
        return []
    pem = _pem("client_ca", tls.client_ca, tls.client_ca_file, contents)
    if pem.problem:
        return [pem.says(pem.problem)]
    return [] if _trust(context, pem.data) else [pem.says("expected certificates in PEM")]


def authority(tls: TlsServerConfig | None, contents: Contents) -> bytes:
    """Return the CAs that vouch for clients, in PEM, as they stand; nothing without any."""
    if tls is None:
        return b""
    return _pem("client_ca", tls.client_ca, tls.client_ca_file, contents).data


def admits(tls: TlsServerConfig, certificate: object) -> bool:
    """Tell whether a client may come in with what `getpeercert` returned, which was verified."""
    if CLIENT_AUTH[tls.client_auth_type] is ssl.CERT_REQUIRED and not certificate:
        return False
    allowed = tls.client_allowed_sans
    return allowed is None or has_allowed_name(certificate, allowed)


def _pem(name: str, inline: str | None, path: Path | None, contents: Contents) -> _Pem:
    if path is None:
        return _Pem(name, (inline or "").encode())
    content = contents.of(path)
    return _Pem(f"{name}_file", content.data, content.problem)


def _trust(context: ssl.SSLContext, pem: bytes) -> bool:
    """Trust the certificates of a text in PEM; tell whether there are any.

    What is not ASCII stands in comments between them, and Python refuses it.
    """
    try:
        context.load_verify_locations(cadata=pem.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError):
        return False
    return True


@contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    """Give what was read the path of a file in memory: Python loads keys from files only.

    So the pair that is checked is the one that is used, also when the files change in between.
    """
    with os.fdopen(os.memfd_create("pem"), "wb", buffering=0) as file:
        file.write(data)
        yield f"/proc/self/fd/{file.fileno()}"


def has_allowed_name(certificate: object, allowed: tuple[str, ...]) -> bool:
    """Tell whether a subject alternative name of a client's certificate is one of `allowed`.

    `certificate` is what `getpeercert` returns: DNS names, addresses, e-mail addresses and URIs
    are compared to the letter, as Go writes them.
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
