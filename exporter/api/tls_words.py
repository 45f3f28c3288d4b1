"""Why a TLS connection failed, in OpenSSL's words where these say it."""

import ssl
from collections.abc import Iterable

_WORDS = {
    "WRONG_VERSION_NUMBER": "the server speaks no TLS there",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the server wants a client certificate",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "the server refused the handshake: it wants a client certificate, or knows no TLS 1.2"
    ),
}
_CERTIFICATE_REFUSED = {
    "SSLV3_ALERT_BAD_CERTIFICATE",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED",
    "SSLV3_ALERT_CERTIFICATE_REVOKED",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    "TLSV1_ALERT_ACCESS_DENIED",
    "TLSV1_ALERT_UNKNOWN_CA",
}
"""The alerts of a server that does not accept the client's certificate (RFC 8446, 6.2)."""


def why_tls_failed(chain: Iterable[BaseException]) -> str:
    """Return the reason in a chain of causes, such as `certificate has expired`; empty: unknown.

    OpenSSL's texts are fixed, apart from the API's host name in one of them.
    """
    for error in chain:
        if message := getattr(error, "verify_message", None):
            return str(message).rstrip(".")
        if isinstance(error, ssl.SSLError) and (reason := getattr(error, "reason", None)):
            return _in_words(reason)
    return ""


def _in_words(reason: str) -> str:
    words = reason.lower().replace("_", " ")
    if reason in _CERTIFICATE_REFUSED:
        return f"the server refused the client certificate ({words})"
    return _WORDS.get(reason, words)
