"""Every file of `bad_configs/` is refused with the message in its first comment."""

import traceback
from pathlib import Path

import pytest

from exporter.config.load import load, parse
from exporter.model.errors import ConfigError

BAD_CONFIGS = Path(__file__).parent / "bad_configs"
FILES = sorted(BAD_CONFIGS.iterdir())

EXPECT = "# expect: "
SECRET = "c2VjcmV0"
"""How every misplaced key in these files begins; none of them opens anything."""


def expectation(file: Path) -> str:
    """Return the message that the first line of a file expects."""
    first = file.read_text(encoding="latin-1").partition("\n")[0]
    assert first.startswith(EXPECT), f"{file.name} does not say what is expected"
    return first.removeprefix(EXPECT).encode("latin-1").decode()


def refusal(file: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(file)
    return caught.value


def refusal_of(values: object) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse(values, Path("config.yaml"))
    return caught.value


def said(error: ConfigError) -> str:
    """Return every text of an error that a log could contain."""
    texts = [str(error), repr(error), repr(error.problems), *traceback.format_exception(error)]
    return "\n".join(texts)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_bad_configuration_is_refused_with_its_message(file: Path) -> None:
    assert str(refusal(file)) == f"{file}: {expectation(file)}"


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if SECRET in file.read_text(encoding="latin-1")],
    ids=lambda file: file.stem,
)
def test_a_secret_in_the_wrong_place_is_in_no_message(file: Path) -> None:
    assert SECRET not in said(refusal(file))


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("a\nb", id="a line feed"),
        pytest.param("a\rb", id="a carriage return"),
        pytest.param("a\x1b[2Jb", id="an escape sequence"),
        pytest.param("a\u2028b", id="a line separator"),
    ],
)
def test_a_message_is_one_line_whatever_the_keys_of_the_file_are(key: str) -> None:
    assert str(refusal_of({"accounts": [{}], key: 1})).isprintable()


PASTED = [
    pytest.param({"api_key_env": SECRET + "=="}, id="as the variable's name"),
    pytest.param({"api_key_env": {SECRET: None}}, id="in braces"),
    pytest.param({"api_key_env": [SECRET]}, id="as a list"),
    pytest.param({"api_key": SECRET}, id="under an unknown key"),
    pytest.param({"api_key_file": [SECRET]}, id="as a list of files"),
    pytest.param({"api_key_file": SECRET, "api_key_env": SECRET}, id="twice"),
    pytest.param({"base_url": SECRET}, id="as the address"),
    pytest.param({"base_url": f"https://{SECRET}@h.example"}, id="as the address's user"),
    pytest.param({"base_url": f"https://u:{SECRET}@h.example"}, id="as the address's password"),
    pytest.param({"base_url": f"https://{SECRET}/x=@h.example"}, id="as a user with a slash"),
    pytest.param({"base_url": f"https://{SECRET}+x/v1"}, id="as the address's host"),
    pytest.param({"base_url": f"https://h.example/?key={SECRET}"}, id="in the address's query"),
    pytest.param({"base_url": f"http://{SECRET}.example"}, id="as an address without TLS"),
    pytest.param({"base_url": f"https://h.example:{SECRET}"}, id="as the address's port"),
    pytest.param({"jobs": [SECRET]}, id="as a job"),
    pytest.param({"jobs": [{"id": SECRET}]}, id="as a job's id"),
    pytest.param({"quota": SECRET}, id="as the quota"),
    pytest.param({"quota": {"share": SECRET}}, id="as a share"),
    pytest.param({SECRET: None}, id="as a key"),
    pytest.param({f"api_key_file:{SECRET}": None}, id="after a colon without its space"),
    pytest.param({"quota": {SECRET: 1}}, id="as a key of the quota"),
    pytest.param({"jobs": [{SECRET: 1}]}, id="as a key of a job"),
    pytest.param({"jobs": [{"id": 1, "labels": {f"{SECRET}=": ""}}]}, id="as a label's name"),
    pytest.param({"jobs": [{"id": 1, "labels": {SECRET: 1}}]}, id="as a label without a text"),
]


@pytest.mark.parametrize("values", PASTED)
def test_a_key_in_the_wrong_place_is_in_no_message(values: dict[str, object]) -> None:
    assert SECRET not in said(refusal_of({"accounts": [values]}))


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"refresh": {"active": SECRET}}, id="as a duration"),
        pytest.param({"scrape_timeout": SECRET}, id="as a timeout"),
        pytest.param({"statuses": {"Abandoned": SECRET}}, id="as a state"),
        pytest.param({"accounts": SECRET}, id="as the accounts"),
        pytest.param({"accounts": [SECRET]}, id="as an account"),
        pytest.param({SECRET: 1}, id="as a key"),
        pytest.param({"refresh": {SECRET: 1}}, id="as a key of the refresh"),
        pytest.param({"statuses": {SECRET: 1}}, id="as a word"),
    ],
)
def test_a_key_outside_an_account_is_in_no_message(values: dict[str, object]) -> None:
    assert SECRET not in said(refusal_of({"accounts": [{}]} | values))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{SECRET}: 1\n{SECRET}: 2\n", id="as a key that stands twice"),
        pytest.param(f"accounts: !!bool {SECRET}\n", id="as what YAML is told is a boolean"),
        pytest.param(f"accounts: !!timestamp {SECRET}\n", id="as what YAML is told is a time"),
    ],
)
def test_a_key_in_the_text_of_a_file_is_in_no_message(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text, encoding="ascii")
    assert SECRET.casefold() not in said(refusal(file)).casefold()
