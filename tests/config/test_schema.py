"""The schema for editors, the example for people and the loader agree."""

import json
import re
import runpy
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.config.load import load, parse
from exporter.config.schema import config_schema
from exporter.config.sections import Account, Config, Quota, Refresh, TlsConfig
from exporter.model.errors import ConfigError

ROOT = Path(__file__).parents[2]
SCHEMA_FILE = ROOT / "config.schema.json"
EXAMPLE = ROOT / "config.example.yaml"
SCHEMA: dict[str, Any] = json.loads(config_schema())

TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
BOUNDS: Mapping[str, Callable[[Any, Any], object]] = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
    "minLength": lambda value, bound: len(value) >= bound,
    "minItems": lambda value, bound: len(value) >= bound,
    "pattern": lambda value, bound: not isinstance(value, str) or re.search(bound, value),
    "enum": lambda value, bound: value in bound,
    "const": lambda value, bound: value == bound,
}
NOTES = {"$schema", "$defs", "title", "description", "default", "examples", "propertyNames"}
STRUCTURE = {"$ref", "anyOf", "type", "properties", "additionalProperties", "items", "required"}


def complaints(schema: Mapping[str, Any], value: Any, path: str = "") -> Iterator[str]:
    """Yield where a value breaks a schema; knows only the keywords that our schema uses."""
    unheard = schema.keys() - NOTES - STRUCTURE - BOUNDS.keys()
    assert not unheard, f"teach this test what {unheard} means"
    if "$ref" in schema:
        yield from complaints(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], value, path)
    if "anyOf" in schema and all(list(complaints(one, value)) for one in schema["anyOf"]):
        yield f"{path}: none of anyOf"
    types = schema.get("type", [])
    kinds = [TYPES[name] for name in ([types] if isinstance(types, str) else types)]
    if kinds and (isinstance(value, bool) or not any(isinstance(value, kind) for kind in kinds)):
        yield f"{path}: type"
        return
    yield from (
        f"{path}: {word}" for word in BOUNDS.keys() & schema if not fits(schema, word, value)
    )
    if isinstance(value, dict):
        yield from (f"{path}: {key}" for key in schema.get("required", []) if key not in value)
        known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        for key, item in value.items():
            if key not in known and others is False:
                yield f"{path}.{key}: unknown"
            else:
                yield from complaints(known.get(key, others), item, f"{path}.{key}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from complaints(schema.get("items", {}), item, f"{path}[{index}]")


def fits(schema: Mapping[str, Any], word: str, value: Any) -> bool:
    return bool(BOUNDS[word](value, schema[word]))


def sections() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield every key of the schema: its section, its name and its schema."""
    job = SCHEMA["$defs"]["WatchedJob"]["anyOf"][-1]
    found = {"Config": SCHEMA, "WatchedJob": job}
    found |= {name: SCHEMA["$defs"][name] for name in ("Account", "Quota", "Refresh", "TlsConfig")}
    for section, schema in found.items():
        for key, value in schema["properties"].items():
            yield section, key, value


KEYS = list(sections())


def in_section(section: str, key: str, value: object) -> dict[str, Any]:
    """Return the smallest configuration with that key in that section."""
    account: dict[str, Any] = {}
    config: dict[str, Any] = {"accounts": [account]}
    job: dict[str, Any] = {"id": 1}
    places = {"Config": config, "Account": account, "WatchedJob": job}
    place = places.get(section, {})
    place[key] = value
    if section == "Quota":
        account["quota"] = place
    if section == "TlsConfig":
        account["tls_config"] = place
    if section == "Refresh":
        config["refresh"] = place
    if section == "WatchedJob":
        account["jobs"] = [job]
    return config


def test_the_schema_in_the_project_is_the_one_of_the_code() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == config_schema(), "run: make schema"


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
def test_the_module_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_module("exporter.config.schema", run_name="__main__")
    assert capsys.readouterr().out == config_schema()


def test_the_example_loads_as_it_is() -> None:
    config = load(EXAMPLE)
    assert [account.name for account in config.accounts] == ["live"]
    assert [job.id for job in config.accounts[0].jobs] == [2607617, 2607618]


def test_the_example_shows_the_defaults() -> None:
    config = load(EXAMPLE)
    default = Config(accounts=(Account(),))
    assert config.refresh == Refresh()
    assert config.scrape_timeout == default.scrape_timeout
    assert config.accounts[0].quota == Quota()
    assert config.accounts[0].base_url == Account().base_url
    assert config.accounts[0].key_source() == Account().key_source()


@pytest.mark.parametrize(
    "key", [key for _, key, _ in KEYS], ids=[f"{section}.{key}" for section, key, _ in KEYS]
)
def test_the_example_names_every_key(key: str) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert re.search(rf"^ *(# +|- )?{key}:( |$)", text, re.MULTILINE)


def test_the_commented_keys_of_the_example_load_too() -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("    api_key_env:", "    # api_key_env:")
    keys = "api_key_file|per_minute|per_day|proxy_url|tls_config|  ca_file|  cert_file|  key_file"
    shown = re.sub(rf"^( *)# ({keys}):", r"\1\2:", text, flags=re.MULTILINE)
    (account,) = parse(yaml.safe_load(shown), EXAMPLE).accounts
    assert account.api_key_file == Path("/run/secrets/fusebill_api_key")
    assert (account.quota.per_minute, account.quota.per_day) == (1000, 180_000)
    assert str(account.proxy_url) == "proxy.example.com:3128 (proxy_url)"
    assert account.tls_config == TlsConfig(
        ca_file="/etc/fusebill-exporter/ca.crt",  # type: ignore[arg-type]
        cert_file="/etc/fusebill-exporter/client.crt",  # type: ignore[arg-type]
        key_file="/run/secrets/client.key",  # type: ignore[arg-type]
    )


def test_the_example_tells_editors_where_the_schema_is() -> None:
    first = EXAMPLE.read_text(encoding="utf-8").partition("\n")[0]
    assert first == f"# yaml-language-server: $schema={SCHEMA_FILE.name}"


def test_the_schema_accepts_the_example() -> None:
    assert list(complaints(SCHEMA, yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({}, id="no accounts"),
        pytest.param({"accounts": []}, id="an empty list of accounts"),
        pytest.param({"accounts": [{}], "metrics": "all"}, id="an unknown key"),
        pytest.param({"accounts": [{"nmae": "live"}]}, id="an unknown key of an account"),
        pytest.param({"accounts": [{"jobs": [0]}]}, id="an id of 0"),
        pytest.param({"accounts": [{"jobs": [{"name": "x"}]}]}, id="a job without an id"),
        pytest.param({"accounts": [{"jobs": ["007"]}]}, id="zeros before an id in quotes"),
        pytest.param({"accounts": [{"jobs": ["1.0"]}]}, id="a fraction in quotes"),
        pytest.param({"accounts": [{"jobs": ["\u0661"]}]}, id="another script's digit in quotes"),
        pytest.param({"accounts": [{"jobs": [{"id": " 5"}]}]}, id="a space before an id in quotes"),
        pytest.param({"accounts": [{"jobs": [{"id": 2**63}]}]}, id="an id of 65 bits"),
        pytest.param({"accounts": [{"proxy_url": "socks5://proxy"}]}, id="a SOCKS proxy"),
        pytest.param({"accounts": [{"proxy_url": "proxy:3128"}]}, id="a proxy without a scheme"),
        pytest.param({"accounts": [{"tls_config": {"ca": "x"}}]}, id="an unknown key of TLS"),
        pytest.param({"accounts": [{"quota": {"share": 2}}]}, id="a share above 1"),
        pytest.param({"accounts": [{"quota": {"reserve": 1}}]}, id="a reserve of 1"),
        pytest.param({"accounts": [{}], "refresh": {"concurrency": 65}}, id="65 reads at once"),
        pytest.param({"accounts": [{}], "refresh": {"active": "often"}}, id="no duration"),
        pytest.param({"accounts": [{}], "refresh": {"active": 10}}, id="a number for a duration"),
        pytest.param({"accounts": [{}], "refresh": {"active": 0}}, id="0 where it means nothing"),
        pytest.param({"accounts": [{}], "refresh": {"active": ""}}, id="an empty duration"),
        pytest.param({"accounts": [{}], "refresh": {"active": "30m1h"}}, id="the small unit first"),
        pytest.param({"accounts": [{}], "statuses": {"Abandoned": "dead"}}, id="an unknown state"),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(values: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        parse(values, EXAMPLE)
    assert list(complaints(SCHEMA, values))


DEFAULTS = [
    pytest.param(in_section(section, key, value["default"]), id=f"{section}.{key}")
    for section, key, value in KEYS
    if value.get("default") is not None
]


@pytest.mark.parametrize("values", DEFAULTS)
def test_a_default_that_the_schema_offers_can_be_written_in_a_file(values: dict[str, Any]) -> None:
    assert list(complaints(SCHEMA, values)) == []
    parse(values, EXAMPLE)


@pytest.mark.parametrize("text", ["30s", "1h30m", "1d", "500ms", "1m30ms"])
def test_the_schema_takes_durations_as_the_loader_does(text: str) -> None:
    values = {"accounts": [{}], "refresh": {"active": text}}
    assert list(complaints(SCHEMA, values)) == []
    parse(values, EXAMPLE)


@pytest.mark.parametrize("job", ["2607617", {"id": "2607617"}, 2607617, {"id": 2607617}])
def test_the_schema_takes_ids_with_and_without_quotes_as_the_loader_does(job: object) -> None:
    values = {"accounts": [{"jobs": [job]}]}
    assert list(complaints(SCHEMA, values)) == []
    parse(values, EXAMPLE)


@pytest.mark.parametrize("zero", [0, "0", "0s"])
def test_the_schema_takes_zero_where_it_means_never(zero: object) -> None:
    values = {"accounts": [{}], "refresh": {"finished": zero}}
    assert list(complaints(SCHEMA, values)) == []
    parse(values, EXAMPLE)


@pytest.mark.parametrize(
    ("section", "key"),
    [pytest.param(section, key, id=f"{section}.{key}") for section, key, _ in KEYS],
)
def test_every_key_has_a_description_for_the_editor(section: str, key: str) -> None:
    (value,) = [value for where, name, value in KEYS if (where, name) == (section, key)]
    target = SCHEMA["$defs"].get(value.get("$ref", "").rpartition("/")[2], {})
    assert value.get("description") or target.get("description")
