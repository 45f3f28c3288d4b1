"""Certificates and keys in PEM, loaded into an `ssl.SSLContext` from bytes in memory.

So the exporter uses the very bytes that it checked, even if the files change in between.
"""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, NoReturn

LARGEST_BUNDLE = 4 * 1024 * 1024
"""Most bytes of a file of certificate authorities; the usual ones have about 250,000."""

_WEAK = {"EE_KEY_TOO_SMALL": "its key is too small", "CA_MD_TOO_WEAK": "its signature is too weak"}


class BadPair(NamedTuple):
    """Why a certificate and a key cannot be used together; `of_key`: the key is at fault."""

    of_key: bool
    message: str


def trust(context: ssl.SSLContext, pem: bytes) -> bool:
    """Trust the certificates of a text in PEM. Return False when it holds none.

    Python refuses text that is not ASCII. In PEM only the comments between the certificates can be
    such text, so it is dropped.
    """
    try:
        context.load_verify_locations(cadata=pem.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError):
        return False
    return True


def holds_certificates(pem: bytes) -> bool:
    """Tell whether a text in PEM holds certificates, and only such as OpenSSL can read."""
    return trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), pem)


def load_pair(context: ssl.SSLContext, certificate: bytes, key: bytes) -> BadPair | None:
    """Load a certificate with its chain, and its key; return what is wrong with them, or None."""
    if not holds_certificates(certificate):
        return BadPair(of_key=False, message="expected a certificate in PEM")
    try:
        with _as_file(certificate) as chain, _as_file(key) as private:
            context.load_cert_chain(chain, private, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        return _why(getattr(error, "reason", None))
    return None


def _why(reason: str | None) -> BadPair:
    if reason == "KEY_VALUES_MISMATCH":
        message = "expected the key of the certificate, but it is the key of another"
        return BadPair(of_key=True, message=message)
    if reason in _WEAK:
        message = f"expected a certificate that OpenSSL accepts, but {_WEAK[reason]}"
        return BadPair(of_key=False, message=message)
    return BadPair(of_key=True, message="expected a private key in PEM, without a password")


def _no_password() -> NoReturn:
    """Refuse a key with a password: OpenSSL would ask for it at the terminal, and wait."""
    raise ValueError


@contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    """Yield the path of a file in memory that holds `data`: Python loads keys only from files."""
    with os.fdopen(os.memfd_create("pem"), "wb", buffering=0) as file:
        file.write(data)
        yield f"/proc/self/fd/{file.fileno()}"
