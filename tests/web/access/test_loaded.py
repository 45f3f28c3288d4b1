"""The web configuration as it is loaded from its files, and reread after they have changed."""

import os
from pathlib import Path

import pytest

from exporter.model.errors import ConfigError
from exporter.web.access.loaded import load, reread
from tests.web.changing import CLIENTS, HASH, TLS, USER, put
from tests.web.serving import Certificates


def test_loading_names_every_problem_in_the_file_and_in_those_that_it_names(tmp_path: Path) -> None:
    file = put(tmp_path, "web.yml", TLS + "basic_auth_users: {me: x}\n")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert [problem.path for problem in caught.value.problems] == [
        "basic_auth_users.me",
        "tls_server_config.cert_file",
        "tls_server_config.key_file",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(None, "expected a readable file: No such file", id="no file"),
        pytest.param("a: [\n", "expected YAML, but line 2", id="no YAML"),
    ],
)
def test_a_file_that_cannot_be_read_is_not_loaded(
    tmp_path: Path, text: str | None, expected: str
) -> None:
    if text is not None:
        put(tmp_path, "web.yml", text)
    with pytest.raises(ConfigError, match=rf"web\.yml: {expected}"):
        load(tmp_path / "web.yml")


@pytest.mark.usefixtures("certificates")
def test_unchanged_files_make_nothing_new(tmp_path: Path) -> None:
    file = put(tmp_path, "web.yml", CLIENTS)
    loaded = load(file)
    assert reread(file, loaded) is loaded


def test_a_change_is_seen_though_size_time_and_inode_are_the_same(tmp_path: Path) -> None:
    file = put(tmp_path, "web.yml", USER)
    loaded, before = load(file), file.stat()
    file.write_text(USER.replace("me", "it"), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_ino, file.stat().st_size) == (before.st_ino, before.st_size)
    assert reread(file, loaded).config.basic_auth_users == {"it": HASH}


def test_a_new_certificate_makes_a_new_context(tmp_path: Path, certificates: Certificates) -> None:
    file = put(tmp_path, "web.yml", TLS)
    loaded = load(file)
    certificates.write("server", "localhost")
    renewed = reread(file, loaded)
    assert renewed.context not in (loaded.context, None)
    assert renewed.config == loaded.config


@pytest.mark.usefixtures("certificates")
def test_a_new_policy_for_clients_makes_a_new_context(tmp_path: Path) -> None:
    file = put(tmp_path, "web.yml", TLS)
    loaded = load(file)
    changed = reread(put(tmp_path, "web.yml", CLIENTS), loaded)
    assert changed.context is not None
    assert len(changed.context.get_ca_certs()) == 1
    assert changed.client_cas == (tmp_path / "ca.crt").read_bytes()


@pytest.mark.usefixtures("certificates")
@pytest.mark.parametrize("name", ["server.crt", "server.key", "ca.crt"])
@pytest.mark.parametrize("text", [None, "", "no PEM"], ids=["gone", "empty", "no PEM"])
def test_a_file_that_turns_bad_alone_keeps_the_last_good_ones(
    tmp_path: Path, name: str, text: str | None
) -> None:
    file = put(tmp_path, "web.yml", CLIENTS)
    loaded = load(file)
    (tmp_path / name).unlink() if text is None else put(tmp_path, name, text)
    kept = reread(file, loaded)
    assert (kept.config, kept.context) == (loaded.config, loaded.context)
    assert kept.config_problem is None
    assert kept.certificate_problem is not None
