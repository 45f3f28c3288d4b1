"""Clashes: keys of `tls_server_config` that contradict or need each other.

Pydantic reports a clash only when every type is right. This search works on the raw values, so
every problem of a file is reported at once.
"""

from collections.abc import Iterator, Mapping

from exporter.model.errors import Problem
from exporter.web.access.tls_values import IF_GIVEN, NO_CLIENT_CERT, REQUIRED, without_empty

_SECTION = "tls_server_config"


def tls_clashes(values: object) -> Iterator[Problem]:
    """Yield a problem for each two keys that clash, and for each missing key that another needs."""
    section = values.get(_SECTION) if isinstance(values, dict) else None
    if not isinstance(section, dict):
        return
    tls = without_empty(section)
    if not tls:
        return
    for problem in (*_certificate(tls), *_clients(tls), *_versions(tls)):
        yield Problem(f"{_SECTION}.{problem.path}", problem.message)


def _certificate(tls: Mapping[str, object]) -> Iterator[Problem]:
    for inline, file in (
        ("cert", "cert_file"),
        ("key", "key_file"),
        ("client_ca", "client_ca_file"),
    ):
        if inline in tls and file in tls:
            yield Problem(inline, f"expected this or {file}, not both")
    for inline, file in (("cert", "cert_file"), ("key", "key_file")):
        if inline not in tls and file not in tls:
            yield Problem(file, "required, but missing: without it there is no TLS")


def _clients(tls: Mapping[str, object]) -> Iterator[Problem]:
    policy = tls.get("client_auth_type", "")
    has_ca = "client_ca" in tls or "client_ca_file" in tls
    if policy in (REQUIRED, IF_GIVEN) and not has_ca:
        yield Problem("client_ca_file", f"required with {policy}: the CA that verifies clients")
    if policy in ("", NO_CLIENT_CERT) and has_ca:
        message = f"expected {REQUIRED} or {IF_GIVEN}, because there is a CA for clients"
        yield Problem("client_auth_type", message)
    if policy != REQUIRED and "client_allowed_sans" in tls:
        message = (
            f"expected only with client_auth_type {REQUIRED}: otherwise a client may have no name"
        )
        yield Problem("client_allowed_sans", message)


def _versions(tls: Mapping[str, object]) -> Iterator[Problem]:
    if tls.get("min_version") == "TLS13" and tls.get("max_version") == "TLS12":
        yield Problem("max_version", "expected no less than min_version")
