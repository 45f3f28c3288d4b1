"""The documentation describes the program as it is."""

import ast
import re
from pathlib import Path

import click
import pytest

from exporter.cli import serve
from exporter.config.sections import KNOWN_KEYS
from exporter.exposition.family import Family
from exporter.exposition.metrics import FAMILIES
from exporter.jobs.counters import DEFER_CAUSES
from exporter.model.failures import REASONS
from exporter.web.access.web_config import KNOWN_KEYS as WEB_KEYS

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_each_family_is_documented_as_it_is(family: Family) -> None:
    labels = ", ".join(f"`{label}`" for label in family.labels)
    row = f"| `{family.name}` | {family.type} | {labels} | {family.help} |"
    assert row in text("docs/metrics.md").splitlines()


def test_no_family_is_documented_that_is_not_there() -> None:
    documented = re.findall(r"^\| `(fusebill_\w+)` \|", text("docs/metrics.md"), re.MULTILINE)
    assert documented == [family.name for family in FAMILIES]


def test_every_family_that_the_readme_names_is_there() -> None:
    named = set(re.findall(r"fusebill_\w+", text("README.md"))) - {"fusebill_api_key"}
    assert named <= {family.name for family in FAMILIES}


@pytest.mark.parametrize("value", [*REASONS, *DEFER_CAUSES])
def test_each_reason_and_cause_is_documented(value: str) -> None:
    assert f"`{value}`" in text("docs/metrics.md")


@pytest.mark.parametrize("key", sorted(KNOWN_KEYS))
def test_each_key_of_the_configuration_is_documented(key: str) -> None:
    assert re.search(rf"^\| `[^`]*\b{key}\b", text("docs/configuration.md"), re.MULTILINE)


@pytest.mark.parametrize(
    "name", ["config.example.yaml", "config.schema.json", "docs/configuration.md"]
)
def test_the_reserve_is_said_in_the_same_words_wherever_its_key_is_explained(name: str) -> None:
    assert "pend nothing once the account has no more than this share left" in text(name)


@pytest.mark.parametrize("key", sorted({key for keys in WEB_KEYS.values() for key in keys}))
def test_each_key_of_the_web_configuration_is_documented(key: str) -> None:
    assert re.search(rf"`[^`]*\b{key}\b", text("docs/web-configuration.md"))


def options() -> list[click.Option]:
    return [option for option in serve.command.params if isinstance(option, click.Option)]


@pytest.mark.parametrize("option", options(), ids=lambda option: option.opts[0])
def test_each_flag_is_documented_with_its_environment_variable(option: click.Option) -> None:
    rows = [row for row in text("docs/operations.md").splitlines() if f"`{option.opts[0]}`" in row]
    assert any(f"`{option.envvar}`" in row for row in rows)


LEVELS = {"warning": "warn", "exception": "error"}


def events() -> set[tuple[str, str]]:
    """Return the level and message of each event that the code logs."""
    trees = [
        ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "exporter").rglob("*.py")
    ]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        (LEVELS.get(call.func.attr, call.func.attr), ast.literal_eval(call.args[0]))
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func.value) in ("log", "self._log")
        and call.func.attr in ("debug", "info", "warning", "error", "exception")
    }


def test_each_event_of_the_log_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| (\w+) \| `([^`]+)` \|", text("docs/operations.md"), re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert set(rows) == events()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_link_between_the_pages_is_broken(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_make_command_that_the_pages_name_is_a_target() -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    named = {
        name
        for page in PAGES
        for name in re.findall(r"(?:`|^ {4})make ([a-z]+)", page.read_text(), re.MULTILINE)
    }
    assert {"check", "demo", "test"} <= named
    assert named <= targets
