"""The web configuration: every refusal with its message, and the values that are accepted.

The refusals of `tls_clashes`, `tls_values` and `web_values` are files in `bad_web_configs`.
"""

import traceback
from pathlib import Path

import pytest

from exporter.config.yaml_file import load_yaml
from exporter.model.errors import ConfigError
from exporter.web.access.web_config import WebConfig, parse_web_config

HASH = "$2y$04$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
PAIR = "cert_file: c, key_file: k"
NO_SECRET = "hunter2"

REFUSED = sorted((Path(__file__).parent / "bad_web_configs").iterdir())
EXPECT = "# expect: "


def parsed(text: str, folder: Path) -> WebConfig:
    file = folder / "web.yml"
    file.write_text(text, encoding="utf-8")
    values, duplicates = load_yaml(file)
    return parse_web_config(values, file, duplicates)


def refusal(text: str, folder: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parsed(text, folder)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("# users come later\n", id="a comment"),
        pytest.param("{}\n", id="a mapping without keys"),
        pytest.param(
            "tls_server_config:\nhttp_server_config:\nbasic_auth_users:\nrate_limit:\n",
            id="sections without keys",
        ),
        pytest.param("tls_server_config: {cert_file: , key_file: }", id="keys without values"),
        pytest.param(
            "tls_server_config: {cert: '', cert_file: '', key: '', key_file: '', client_ca: '', "
            "client_ca_file: ''}",
            id="keys with empty texts",
        ),
    ],
)
def test_a_file_that_asks_for_nothing_is_plain_http_for_everybody(
    tmp_path: Path, text: str
) -> None:
    assert parsed(text, tmp_path) == WebConfig()


@pytest.mark.parametrize("file", REFUSED, ids=lambda file: file.stem)
def test_what_cannot_be_honoured_is_refused_with_its_place_and_reason(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    values, duplicates = load_yaml(file)
    with pytest.raises(ConfigError) as caught:
        parse_web_config(values, file, duplicates)
    assert text.startswith(EXPECT)
    assert str(caught.value) == f"{file}: {text.partition(chr(10))[0].removeprefix(EXPECT)}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"basic_auth_users: {{me: {NO_SECRET}}}", id="as a hash"),
        pytest.param(f"basic_auth_users: [{NO_SECRET}]", id="as a list"),
        pytest.param(f"basic_auth_users: {NO_SECRET}", id="as the users"),
        pytest.param(f"basic_auth_users: {{me: '{NO_SECRET}", id="in broken YAML"),
        pytest.param(f"tls_server_config: {{key: [{NO_SECRET}]}}", id="as a key"),
        pytest.param(NO_SECRET, id="alone"),
    ],
)
def test_no_secret_is_repeated(tmp_path: Path, text: str) -> None:
    error = refusal(text, tmp_path)
    assert NO_SECRET not in "\n".join([repr(error), *traceback.format_exception(error)])


def test_a_secret_of_a_good_file_does_not_print(tmp_path: Path) -> None:
    text = f"tls_server_config: {{cert: c, key: {NO_SECRET}}}\nbasic_auth_users: {{me: {HASH}}}"
    shown = repr(parsed(text, tmp_path))
    assert NO_SECRET not in shown
    assert HASH not in shown


def test_paths_belong_to_the_folder_of_the_file(tmp_path: Path) -> None:
    tls = parsed(f"tls_server_config: {{{PAIR}}}", tmp_path).tls_server_config
    assert tls is not None
    assert (tls.cert_file, tls.key_file) == (tmp_path / "c", tmp_path / "k")


def test_an_empty_name_of_a_file_is_none(tmp_path: Path) -> None:
    more = "cert: '', key: '', client_ca: '', client_ca_file: ''"
    filled, plain = (
        parsed(f"tls_server_config: {{{keys}}}", tmp_path) for keys in (f"{PAIR}, {more}", PAIR)
    )
    assert filled == plain


def test_what_looks_like_a_number_is_the_text_that_it_looks_like(tmp_path: Path) -> None:
    config = parsed(
        f"http_server_config: {{headers: {{X-XSS-Protection: 0}}}}\n"
        f"basic_auth_users: {{123: {HASH}, 0123: {HASH}, -1: {HASH}}}",
        tmp_path,
    )
    assert config.headers == {"X-XSS-Protection": "0"}
    assert config.basic_auth_users == dict.fromkeys(("123", "0123", "-1"), HASH)


def test_an_empty_header_is_none(tmp_path: Path) -> None:
    text = "http_server_config: {headers: {X-Frame-Options: '', X-XSS-Protection: '0'}}"
    assert parsed(text, tmp_path).headers == {"X-XSS-Protection": "0"}
