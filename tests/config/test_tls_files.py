"""The files of `tls_config`: their problems, and what a change of them does."""

import subprocess
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporter.config.load import parse
from exporter.config.tls_files import TlsFiles
from tests.support.secure_api import Certificates

MISSING = "expected a readable file: No such file or directory"
NO_PEM = "expected certificates in PEM"
NO_KEY = "expected a private key in PEM, without a password"
OTHER_KEY = "expected the key of the certificate, but it is the key of another"

PAIR = {"cert_file": "client.crt", "key_file": "client.key"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    certificates = Certificates(folder)
    certificates.write("client")
    certificates.write("other")
    (folder / "text").write_text("no PEM", encoding="utf-8")
    password = ["-aes128", "-passout", "pass:x", "-in", folder / "client.key"]
    subprocess.run(["openssl", "ec", *password, "-out", folder / "locked.key"], check=True)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """Return a folder of files of its own, for a test that changes them."""
    for file in made.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def files(folder: Path, **tls: str) -> TlsFiles:
    (account,) = parse({"accounts": [{"tls_config": tls}]}, folder / "config.yaml").accounts
    return TlsFiles(account.name, account.tls_config)


@pytest.mark.parametrize(
    ("tls", "problems"),
    [
        pytest.param({}, [], id="no files"),
        pytest.param({"ca_file": "ca.crt"} | PAIR, [], id="good files"),
        pytest.param({"ca_file": "none"}, [f"ca_file: {MISSING}"], id="no authorities"),
        pytest.param({"ca_file": "text"}, [f"ca_file: {NO_PEM}"], id="a text for authorities"),
        pytest.param(PAIR | {"cert_file": "none"}, [f"cert_file: {MISSING}"], id="no certificate"),
        pytest.param(
            PAIR | {"cert_file": "text"}, [f"cert_file: {NO_PEM}"], id="a text for a certificate"
        ),
        pytest.param(PAIR | {"key_file": "none"}, [f"key_file: {MISSING}"], id="no key"),
        pytest.param(PAIR | {"key_file": "text"}, [f"key_file: {NO_KEY}"], id="a text for a key"),
        pytest.param(
            PAIR | {"key_file": "locked.key"}, [f"key_file: {NO_KEY}"], id="a key with a password"
        ),
        pytest.param(
            PAIR | {"key_file": "other.key"}, [f"key_file: {OTHER_KEY}"], id="another's key"
        ),
        pytest.param(
            {"ca_file": "none", "cert_file": "text", "key_file": "none"},
            [f"ca_file: {MISSING}", f"cert_file: {NO_PEM}", f"key_file: {MISSING}"],
            id="all of them",
        ),
    ],
)
def test_each_file_that_cannot_be_used_is_a_problem(
    made: Path, tls: dict[str, str], problems: list[str]
) -> None:
    found = files(made, **tls).load()
    assert list(map(str, found)) == [f"tls_config.{problem}" for problem in problems]


@pytest.mark.parametrize(
    ("key", "problems"),
    [
        pytest.param("none", [], id="one that is not there"),
        pytest.param("other.key", [f"tls_config.key_file: {OTHER_KEY}"], id="one that is"),
    ],
)
def test_a_check_without_secrets_looks_at_a_key_only_if_it_can_be_read(
    made: Path, key: str, problems: list[str]
) -> None:
    found = files(made, **PAIR | {"key_file": key}).load(with_key=False)
    assert list(map(str, found)) == problems


def test_files_that_do_not_change_are_the_same_object(folder: Path) -> None:
    tls = files(folder, ca_file="ca.crt", **PAIR)
    tls.load()
    first = tls.read()
    (folder / "ca.crt").write_bytes((folder / "ca.crt").read_bytes())
    assert tls.read() is first


@pytest.mark.parametrize("name", ["ca.crt", "client.crt"])
def test_a_file_that_changes_is_read_again(folder: Path, name: str) -> None:
    tls = files(folder, ca_file="ca.crt", **PAIR)
    tls.load()
    first = tls.read()
    with (folder / name).open("ab") as file:
        file.write(b"\n# renewed\n")
    assert tls.read() not in (first, None)


def test_bad_files_leave_the_last_good_ones_in_force_and_are_logged_once(folder: Path) -> None:
    tls = files(folder, ca_file="ca.crt", **PAIR)
    tls.load()
    good = tls.read()
    content = (folder / "client.key").read_bytes()
    with capture_logs() as logs:
        (folder / "client.key").write_bytes((folder / "other.key").read_bytes())
        assert [tls.read() is good for _ in range(3)] == [True] * 3
        (folder / "client.key").write_bytes(content)
        assert [tls.read() is good for _ in range(3)] == [True] * 3
    assert logs == [
        {
            "event": "TLS files are bad, using the last good ones",
            "account": "default",
            "error": f"tls_config.key_file: {OTHER_KEY}",
            "log_level": "warning",
        },
        {"event": "TLS files are good again", "account": "default", "log_level": "info"},
    ]


def test_a_file_that_is_gone_leaves_the_last_good_one_in_force(folder: Path) -> None:
    tls = files(folder, ca_file="ca.crt")
    tls.load()
    good = tls.read()
    (folder / "ca.crt").unlink()
    assert tls.read() is good
    assert tls.problem == f"tls_config.ca_file: {MISSING}"


def test_the_private_key_is_not_printed(made: Path) -> None:
    tls = files(made, **PAIR)
    tls.load()
    assert "BEGIN" not in repr(tls) + repr(tls.read())


def test_files_that_a_reload_finds_good_end_the_problem_of_the_ones_before(folder: Path) -> None:
    before, after = files(folder, ca_file="ca.crt"), files(folder, ca_file="ca.crt")
    before.load()
    content = (folder / "ca.crt").read_bytes()
    (folder / "ca.crt").write_text("half", encoding="ascii")
    before.read()
    (folder / "ca.crt").write_bytes(content)
    after.load()
    with capture_logs() as logs:
        after.log_end_of(before)
    assert [line["event"] for line in logs] == ["TLS files are good again"]
