"""Why a TLS connection to an API fails, in the words of the failure."""

import ssl

import pytest

from tests.api.networks import failure, hanging_up, trusting
from tests.support.secure_api import Certificates, secure_api

pytestmark = pytest.mark.slow


def tls_failure(context: ssl.SSLContext | None, **tls: str) -> str:
    """Return why the TLS connection to an API with that context fails."""
    with secure_api(context) as api:
        reason, message = failure(f"https://localhost:{api.port}", tls_config=tls)
    assert (reason, api.served) == ("tls", [])
    return message.removeprefix("the TLS connection to the API failed: ")


def test_an_issuer_that_nobody_trusts(certificates: Certificates, others: Certificates) -> None:
    said = tls_failure(others.server(), **trusting(certificates))
    assert said == "unable to get local issuer certificate"


def test_a_chain_that_ends_in_an_unknown_root(
    certificates: Certificates, others: Certificates
) -> None:
    context = others.server()
    issued = others.authority.issue_cert("localhost")
    chain = b"".join(pem.bytes() for pem in (*issued.cert_chain_pems, others.authority.cert_pem))
    (others.folder / "chain.crt").write_bytes(chain)
    issued.private_key_pem.write_to_path(str(others.folder / "chain.key"))
    context.load_cert_chain(others.folder / "chain.crt", others.folder / "chain.key")
    said = tls_failure(context, **trusting(certificates))
    assert said == "self-signed certificate in certificate chain"


def test_a_certificate_that_has_expired(certificates: Certificates) -> None:
    said = tls_failure(certificates.server(expired=True), **trusting(certificates))
    assert said == "certificate has expired"


def test_a_certificate_for_another_name(certificates: Certificates) -> None:
    said = tls_failure(certificates.server("other.example"), **trusting(certificates))
    assert said == "Hostname mismatch, certificate is not valid for 'localhost'"


def test_a_name_in_the_subject_alone_does_not_count(certificates: Certificates) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued = certificates.authority.issue_cert(common_name="localhost")
    issued.configure_cert(context)
    said = tls_failure(context, **trusting(certificates))
    assert said == "Hostname mismatch, certificate is not valid for 'localhost'"


def test_an_api_without_tls(certificates: Certificates) -> None:
    assert tls_failure(None, **trusting(certificates)) == "the server speaks no TLS there"


def test_an_api_that_demands_a_client_certificate(
    certificates: Certificates, others: Certificates
) -> None:
    said = tls_failure(certificates.demanding(others), **trusting(certificates))
    assert said == "the server wants a client certificate"


def test_an_api_with_tls_1_2_that_demands_a_client_certificate(
    certificates: Certificates, others: Certificates
) -> None:
    context = certificates.demanding(others)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    said = tls_failure(context, **trusting(certificates))
    assert said == (
        "the server refused the handshake: it wants a client certificate, or knows no TLS 1.2"
    )


def test_an_api_that_does_not_accept_the_client_certificate(
    certificates: Certificates, others: Certificates
) -> None:
    files = (("cert_file", "client.crt"), ("key_file", "client.key"))
    pair = {name: str(others.folder / file) for name, file in files}
    said = tls_failure(certificates.demanding(certificates), **trusting(certificates), **pair)
    assert said == "the server refused the client certificate (tlsv1 alert unknown ca)"


def test_an_api_that_hangs_up_in_the_handshake(certificates: Certificates) -> None:
    with hanging_up() as port:
        reason, message = failure(f"https://localhost:{port}", tls_config=trusting(certificates))
    assert (reason, message.startswith("the TLS connection to the API failed: ")) == ("tls", True)
