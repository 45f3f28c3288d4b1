from pathlib import Path

import pytest

from exporter.errors import ConfigError
from exporter.web.config import refuse_what_is_not_supported


def written(folder: Path, text: str) -> Path:
    file = folder / "web.yml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("# users come later\n", id="a comment"),
        pytest.param("---\n", id="the start of a document"),
        pytest.param("{}\n", id="a mapping without keys"),
    ],
)
def test_a_file_that_asks_for_nothing_is_valid(tmp_path: Path, text: str) -> None:
    refuse_what_is_not_supported(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        pytest.param(
            "tls_server_config: {cert_file: a, key_file: b}\nbasic_auth_users: {me: $2b$10$x}\n",
            ["tls_server_config", "basic_auth_users"],
            id="TLS and users",
        ),
        pytest.param("http_server_config: {http2: false}\n", ["http_server_config"], id="headers"),
        pytest.param("nonsense: 1\n", ["nonsense"], id="a key that there is not"),
        pytest.param("basic_auth_users: {}\n", ["basic_auth_users"], id="no users"),
        pytest.param("1: 2\n", ["1"], id="a key that is a number"),
        pytest.param("[a, b]\n", [""], id="a list"),
        pytest.param("text\n", [""], id="a text"),
        pytest.param("false\n", [""], id="a boolean"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_its_path(
    tmp_path: Path, text: str, paths: list[str]
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError, match="expected an empty file") as caught:
        refuse_what_is_not_supported(file)
    assert caught.value.file == file
    assert [problem.path for problem in caught.value.problems] == paths


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("basic_auth_users: {me: hunter2}\n", id="valid"),
        pytest.param("basic_auth_users: {me: 'hunter2\n", id="broken"),
        pytest.param("hunter2\n", id="alone"),
    ],
)
def test_no_password_is_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        refuse_what_is_not_supported(written(tmp_path, text))
    assert "hunter2" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"web\.yml: expected a readable YAML file: No such file"):
        refuse_what_is_not_supported(tmp_path / "web.yml")


def test_yaml_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"web\.yml: expected YAML, but line 2"):
        refuse_what_is_not_supported(written(tmp_path, "a: [\n"))
