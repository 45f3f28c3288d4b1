"""The TLS context from certificates, keys and CAs, and the problems of unusable ones."""

import ssl
import subprocess
from pathlib import Path

import pytest

from exporter.model.errors import ConfigError
from exporter.web.access.file_contents import LARGEST_WEB_FILE, FileReader
from exporter.web.access.tls import has_allowed_name, make_context
from exporter.web.access.tls_values import CURVES, SUITES
from exporter.web.access.web_config import TlsServerConfig, parse_web_config
from tests.web.serving import Certificates

VERIFY = {"client_ca_file": "ca.crt", "client_auth_type": "RequireAndVerifyClientCert"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    certificates = Certificates(folder)
    certificates.write("server", "localhost", "127.0.0.1")
    certificates.write("other", "other")
    (folder / "text").write_text("no PEM", encoding="utf-8")
    (folder / "binary").write_bytes(b"\xff\x00\xfe")
    (folder / "empty").touch()
    (folder / "large").write_bytes(b" " * (LARGEST_WEB_FILE + 1))
    password = ["-aes128", "-passout", "pass:x", "-in", folder / "server.key"]
    subprocess.run(["openssl", "ec", *password, "-out", folder / "locked.key"], check=True)
    weak = ["-x509", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=weak"]
    out = ["-keyout", folder / "weak.key", "-out", folder / "weak.crt"]
    subprocess.run(["openssl", "req", *weak, *out], check=True, capture_output=True)
    return folder


def context(folder: Path, **tls: object) -> ssl.SSLContext:
    values = {"cert_file": "server.crt", "key_file": "server.key"} | tls
    file = folder / "web.yml"
    section = parse_web_config({"tls_server_config": values}, file).tls_server_config
    assert section is not None
    return make_context(section, file, FileReader())


CERTIFICATE = "cert_file: expected a certificate in PEM"
KEY = "key_file: expected a private key in PEM, without a password"
OTHER_KEY = "key_file: expected the key of the certificate, but it is the key of another"
MISSING = "expected a readable file: No such file or directory"


@pytest.mark.parametrize(
    ("tls", "problems"),
    [
        pytest.param({"cert_file": "none"}, [f"cert_file: {MISSING}"], id="no certificate"),
        pytest.param(
            {"cert_file": "."},
            ["cert_file: expected a readable file: Is a directory"],
            id="a folder for a certificate",
        ),
        pytest.param({"cert_file": "text"}, [CERTIFICATE], id="a text for a certificate"),
        pytest.param({"cert_file": "binary"}, [CERTIFICATE], id="bytes for a certificate"),
        pytest.param({"cert_file": "empty"}, [CERTIFICATE], id="nothing for a certificate"),
        pytest.param({"cert_file": "server.key"}, [CERTIFICATE], id="a key for a certificate"),
        pytest.param(
            {"cert_file": "large"}, ["cert_file: expected at most 1 MiB"], id="a large certificate"
        ),
        pytest.param(
            {"cert_file": "weak.crt", "key_file": "weak.key"},
            ["cert_file: expected a certificate that OpenSSL accepts, but its key is too small"],
            id="a weak certificate",
        ),
        pytest.param({"key_file": "none"}, [f"key_file: {MISSING}"], id="no key"),
        pytest.param({"key_file": "text"}, [KEY], id="a text for a key"),
        pytest.param({"key_file": "binary"}, [KEY], id="bytes for a key"),
        pytest.param({"key_file": "empty"}, [KEY], id="nothing for a key"),
        pytest.param({"key_file": "server.crt"}, [KEY], id="a certificate for a key"),
        pytest.param({"key_file": "locked.key"}, [KEY], id="a key with a password"),
        pytest.param({"key_file": "other.key"}, [OTHER_KEY], id="another certificate's key"),
        pytest.param(
            VERIFY | {"client_ca_file": "none"}, [f"client_ca_file: {MISSING}"], id="no CA"
        ),
        pytest.param(
            VERIFY | {"client_ca_file": "text"},
            ["client_ca_file: expected certificates in PEM"],
            id="a text for a CA",
        ),
        pytest.param(
            {"cert_file": "none", "key_file": "none"} | VERIFY | {"client_ca_file": "none"},
            [f"{key}_file: {MISSING}" for key in ("cert", "key", "client_ca")],
            id="no files at all",
        ),
    ],
)
def test_files_that_cannot_be_used_are_refused_by_the_keys_that_name_them(
    folder: Path, tls: dict[str, object], problems: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        context(folder, **tls)
    assert [str(one) for one in caught.value.problems] == [
        f"tls_server_config.{problem}" for problem in problems
    ]


def test_what_is_written_in_the_configuration_itself_is_used_too(folder: Path) -> None:
    tls = TlsServerConfig(
        cert=(folder / "server.crt").read_text(),
        key=(folder / "server.key").read_text(),
        client_ca=(folder / "ca.crt").read_text(),
        client_auth_type="VerifyClientCertIfGiven",
    )
    made = make_context(tls, folder / "web.yml", FileReader())
    assert made.verify_mode is ssl.CERT_OPTIONAL
    assert len(made.get_ca_certs()) == 1


def test_tls_1_2_is_the_least_and_nothing_is_asked_of_clients_unless_said(folder: Path) -> None:
    made = context(folder)
    assert made.minimum_version is ssl.TLSVersion.TLSv1_2
    assert made.verify_mode is ssl.CERT_NONE
    assert made.options & ssl.OP_CIPHER_SERVER_PREFERENCE


def test_no_connection_is_renegotiated_or_resumed(folder: Path) -> None:
    made = context(folder)
    assert made.options & ssl.OP_NO_RENEGOTIATION
    assert made.options & ssl.OP_NO_TICKET
    assert made.num_tickets == 0


def test_versions_and_preference_are_those_of_the_configuration(folder: Path) -> None:
    made = context(
        folder, min_version="TLS13", max_version="TLS13", prefer_server_cipher_suites=False
    )
    assert made.minimum_version is made.maximum_version is ssl.TLSVersion.TLSv1_3
    assert not made.options & ssl.OP_CIPHER_SERVER_PREFERENCE


@pytest.mark.parametrize("name", SUITES)
def test_each_suite_of_go_is_one_of_openssl(folder: Path, name: str) -> None:
    made = context(folder, cipher_suites=["TLS_AES_128_GCM_SHA256", name])
    chosen = [one["name"] for one in made.get_ciphers() if one["protocol"] != "TLSv1.3"]
    assert chosen == [SUITES[name]]


@pytest.mark.parametrize("name", CURVES)
def test_each_curve_of_go_is_one_of_openssl(folder: Path, name: str) -> None:
    context(folder, curve_preferences=[name])


SANS = (
    ("DNS", "scraper.example"),
    ("email", "ops@example.com"),
    ("URI", "spiffe://example/scraper"),
    ("IP Address", "10.0.0.1"),
    ("IP Address", "FD00:0:0:0:0:0:0:1\n"),
)


@pytest.mark.parametrize(
    "name",
    ["scraper.example", "ops@example.com", "spiffe://example/scraper", "10.0.0.1", "fd00::1"],
)
def test_a_client_is_known_by_any_of_its_names(name: str) -> None:
    assert has_allowed_name({"subjectAltName": SANS}, ("x", name))


@pytest.mark.parametrize(
    "certificate",
    [
        pytest.param({"subjectAltName": SANS}, id="other names"),
        pytest.param({"subject": ((("commonName", "scraper"),),)}, id="a common name"),
        pytest.param({"subjectAltName": (("IP Address", "scraper"),)}, id="an address of nonsense"),
        pytest.param({"subjectAltName": (("othername", "scraper"),)}, id="a name of another kind"),
        pytest.param({}, id="no names"),
        pytest.param(None, id="no certificate"),
    ],
)
def test_a_client_with_no_allowed_name_is_not_known(certificate: object) -> None:
    assert not has_allowed_name(certificate, ("scraper", ""))
