"""Certificates and authorities on the way to an API: what is shown there, and what changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.model.attempt import Answer
from tests.api.networks import client, read, trusting
from tests.support.secure_api import Certificates, SecureApi, secure_api

pytestmark = pytest.mark.slow


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


@pytest.fixture
def api(certificates: Certificates) -> Iterator[SecureApi]:
    with secure_api(certificates.server()) as server:
        yield server


def here(api: SecureApi) -> str:
    return f"https://localhost:{api.port}/v1"


def shown_by(clients: Certificates) -> dict[str, str]:
    """Return the keys of a `tls_config` with the client certificate."""
    folder = clients.ca_file.parent
    return {"cert_file": str(folder / "client.crt"), "key_file": str(folder / "client.key")}


def test_a_client_certificate_is_shown_to_an_api_that_demands_one(
    certificates: Certificates, tmp_path: Path
) -> None:
    clients = Certificates(tmp_path, "clients.crt")
    clients.write("client")
    tls = {**trusting(certificates), **shown_by(clients)}
    with secure_api(certificates.demanding(clients)) as api:
        assert isinstance(read(here(api), tls_config=tls), Answer)
    (served,) = api.served
    assert served.certificate["subjectAltName"] == (("email", "client@example.org"),)


def test_a_client_certificate_that_is_replaced_is_shown_from_the_next_read_on(
    certificates: Certificates, tmp_path: Path
) -> None:
    clients = Certificates(tmp_path, "clients.crt")
    clients.write("client")
    tls = {**trusting(certificates), **shown_by(clients)}
    with secure_api(certificates.demanding(clients)) as api, client(here(api), tls_config=tls) as c:
        assert isinstance(c.read(1), Answer)
        assert isinstance(c.read(1), Answer)
        clients.write("client")
        assert isinstance(c.read(1), Answer)
    first, second, third = (one.certificate["serialNumber"] for one in api.served)
    assert first == second != third
    assert len({one.connection for one in api.served}) == 2


def test_an_authority_that_is_replaced_is_trusted_from_the_next_read_on(
    api: SecureApi, certificates: Certificates, tmp_path: Path
) -> None:
    file = tmp_path / "trusted.crt"
    file.write_bytes(Certificates(tmp_path, "other.crt").ca_file.read_bytes())
    with client(here(api), tls_config={"ca_file": str(file)}) as c:
        assert not isinstance(c.read(1), Answer)
        file.write_bytes(certificates.ca_file.read_bytes())
        assert isinstance(c.read(1), Answer)


def test_an_authority_that_turns_bad_leaves_the_last_good_one_in_force(
    api: SecureApi, certificates: Certificates
) -> None:
    with client(here(api), tls_config={"ca_file": str(certificates.ca_file)}) as c:
        assert isinstance(c.read(1), Answer)
        certificates.ca_file.write_text("half", encoding="ascii")
        assert isinstance(c.read(1), Answer)
