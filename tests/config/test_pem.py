"""Certificates and keys in PEM, from bytes."""

import ssl

import pytest
import trustme

from exporter.config.pem import BadPair, holds_certificates, load_pair, trust

AUTHORITY = trustme.CA()
ISSUED = AUTHORITY.issue_cert("localhost")
CERTIFICATE = ISSUED.cert_chain_pems[0].bytes()
KEY = ISSUED.private_key_pem.bytes()
NO_KEY = BadPair(of_key=True, message="expected a private key in PEM, without a password")
OTHER = BadPair(
    of_key=True, message="expected the key of the certificate, but it is the key of another"
)
NO_CERTIFICATE = BadPair(of_key=False, message="expected a certificate in PEM")


def context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def test_every_certificate_of_a_text_is_trusted_whatever_the_comments_between() -> None:
    comment = "# \N{LATIN SMALL LETTER U WITH DIAERESIS}ber\n".encode()
    made = context()
    assert trust(made, comment + AUTHORITY.cert_pem.bytes() + comment + CERTIFICATE)
    assert made.cert_store_stats()["x509"] == 2


@pytest.mark.parametrize(
    "text", [b"", b"no PEM", b"\xff\x00", KEY], ids=["none", "text", "bytes", "key"]
)
def test_a_text_without_a_certificate_is_told(text: bytes) -> None:
    assert not holds_certificates(text)


@pytest.mark.parametrize(
    ("certificate", "key", "bad"),
    [
        pytest.param(CERTIFICATE, KEY, None, id="a pair"),
        pytest.param(b"no PEM", KEY, NO_CERTIFICATE, id="no certificate"),
        pytest.param(CERTIFICATE, b"no PEM", NO_KEY, id="no key"),
        pytest.param(CERTIFICATE, b"", NO_KEY, id="nothing for a key"),
        pytest.param(
            CERTIFICATE,
            AUTHORITY.issue_cert("other").private_key_pem.bytes(),
            OTHER,
            id="the key of another",
        ),
    ],
)
def test_a_certificate_and_a_key_are_a_pair_or_it_is_said_which_is_wrong(
    certificate: bytes, key: bytes, bad: BadPair | None
) -> None:
    assert load_pair(context(), certificate, key) == bad
