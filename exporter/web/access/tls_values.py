"""Single values of `tls_server_config`: Go's names, and OpenSSL's names for the same values.

A protective setting must never be ignored. So a value that Go supports and Python does not is
refused, and the error says what to write instead. The names are those of the exporter-toolkit's
web configuration.
"""

import ssl
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

NO_CLIENT_CERT = "NoClientCert"
IF_GIVEN = "VerifyClientCertIfGiven"
REQUIRED = "RequireAndVerifyClientCert"

CLIENT_AUTH: Mapping[str, ssl.VerifyMode] = {
    "": ssl.CERT_NONE,
    NO_CLIENT_CERT: ssl.CERT_NONE,
    IF_GIVEN: ssl.CERT_OPTIONAL,
    REQUIRED: ssl.CERT_REQUIRED,
}
_UNVERIFIED = ("RequestClientCert", "RequireAnyClientCert", "RequireClientCert")

VERSIONS: Mapping[str, ssl.TLSVersion] = {
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS13": ssl.TLSVersion.TLSv1_3,
}

SUITES: Mapping[str, str] = {
    f"TLS_ECDHE_{key}_WITH_{suite}": f"ECDHE-{key}-{name}"
    for key in ("ECDSA", "RSA")
    for suite, name in {
        "AES_128_GCM_SHA256": "AES128-GCM-SHA256",
        "AES_256_GCM_SHA384": "AES256-GCM-SHA384",
        "CHACHA20_POLY1305_SHA256": "CHACHA20-POLY1305",
        "AES_128_CBC_SHA": "AES128-SHA",
        "AES_256_CBC_SHA": "AES256-SHA",
    }.items()
}
"""The suites for TLS 1.2 in Go's `tls.CipherSuites()`, with their names in OpenSSL."""

SUITES_OF_TLS_13 = (
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
)
"""These are accepted without effect, as in Go: it cannot choose the suites of TLS 1.3 either."""

CURVES: Mapping[str, str] = {
    "CurveP256": "prime256v1",
    "CurveP384": "secp384r1",
    "CurveP521": "secp521r1",
    "X25519": "X25519",
}


_PEM = ("cert", "cert_file", "key", "key_file", "client_ca", "client_ca_file")


def without_empty(section: Mapping[str, object]) -> dict[str, object]:
    """Return the section without null values, and without empty texts that Go treats as absent."""
    return {
        key: value
        for key, value in section.items()
        if value is not None and not (value == "" and key in _PEM)
    }


def _client_auth(value: str) -> str:
    if value in _UNVERIFIED:
        message = (
            f"expected {REQUIRED} or {IF_GIVEN}: "
            "Python does not take a client's certificate without verifying it"
        )
        raise ValueError(message)
    if value not in CLIENT_AUTH:
        message = f"expected {NO_CLIENT_CERT}, {IF_GIVEN} or {REQUIRED}"
        raise ValueError(message)
    return value


def _version(value: str) -> str:
    if value not in VERSIONS:
        message = "expected TLS12 or TLS13: older versions are broken and not served"
        raise ValueError(message)
    return value


def _suite(value: str) -> str:
    if value not in SUITES and value not in SUITES_OF_TLS_13:
        message = (
            "expected one of Go's suites with ECDHE, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
        )
        raise ValueError(message)
    return value


def _suites(values: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a list with suites for TLS 1.3 only: it does not say whether TLS 1.2 is off."""
    if values and not any(value in SUITES for value in values):
        message = "expected a suite for TLS 1.2 too (for TLS 1.3 alone write min_version: TLS13)"
        raise ValueError(message)
    return values


def _curve(value: str) -> str:
    if value not in CURVES:
        message = f"expected one of {', '.join(CURVES)}"
        raise ValueError(message)
    return value


def _curves(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(values) > 1:
        message = "expected one curve, or none for OpenSSL's own choice: Python takes no list"
        raise ValueError(message)
    return values


def _names(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values:
        message = "expected at least one name: an empty list would refuse everybody"
        raise ValueError(message)
    return values


ClientAuth = Annotated[str, AfterValidator(_client_auth)]
Version = Annotated[str, AfterValidator(_version)]
Suites = Annotated[tuple[Annotated[str, AfterValidator(_suite)], ...], AfterValidator(_suites)]
Curves = Annotated[tuple[Annotated[str, AfterValidator(_curve)], ...], AfterValidator(_curves)]
Names = Annotated[tuple[str, ...], AfterValidator(_names)]
