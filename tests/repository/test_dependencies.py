"""Every import is declared, every declaration is imported, and each has a documented reason."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("exporter", "tests", "benchmarks", "grafana")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DISTRIBUTIONS = packages_distributions()


def normal(name: str) -> str:
    """Return a distribution's name in the normal form of indexes (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parsed(requirement: str) -> tuple[str, str]:
    """Return the name in a requirement and the versions that it allows."""
    name, allowed = re.fullmatch(r"([\w.-]+)(.*)", requirement).groups()  # type: ignore[union-attr]
    return normal(name), allowed


def group(name: str) -> Iterator[str]:
    """Yield each distribution of a dependency group and of the groups that it includes."""
    for one in PROJECT["dependency-groups"][name]:
        if isinstance(one, dict):
            yield from group(one["include-group"])
        else:
            yield parsed(one)[0]


AT_RUN_TIME = dict(map(parsed, PROJECT["project"]["dependencies"]))
FOR_DEVELOPMENT = set(group("dev"))


def modules(folder: str) -> set[str]:
    """Return the third-party top-level modules that the code in a folder imports."""
    found = set()
    for file in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - set(OURS)


def undeclared(folder: str, declared: set[str]) -> list[str]:
    """Return the modules that a folder imports and that no declared distribution provides."""
    return [
        module
        for module in sorted(modules(folder))
        if not declared & set(map(normal, DISTRIBUTIONS.get(module, ())))
    ]


def test_the_program_imports_only_what_it_declares() -> None:
    assert undeclared("exporter", set(AT_RUN_TIME)) == []


@pytest.mark.parametrize("folder", OURS[1:])
def test_what_is_not_shipped_imports_only_what_is_declared(folder: str) -> None:
    assert undeclared(folder, AT_RUN_TIME.keys() | FOR_DEVELOPMENT) == []


def test_the_program_declares_only_what_it_imports() -> None:
    imported = {normal(name) for one in modules("exporter") for name in DISTRIBUTIONS.get(one, ())}
    assert AT_RUN_TIME.keys() - imported == set()


def documented(section: str) -> list[list[str]]:
    """Return the rows of the table in a section of docs/dependencies.md, each as its cells."""
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    text = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return rows[1:]


def test_each_dependency_at_run_time_is_documented_and_no_other() -> None:
    assert [row[0] for row in documented("At run time")] == sorted(AT_RUN_TIME)


def test_each_dependency_for_development_is_documented_and_no_other() -> None:
    names = ", ".join(row[0] for row in documented("For development"))
    assert sorted(names.split(", ")) == sorted(FOR_DEVELOPMENT)


def test_each_upper_bound_is_documented_with_its_reason() -> None:
    bounds = [
        [name, f"`{bound[0]}`"]
        for name, allowed in sorted(AT_RUN_TIME.items())
        if (bound := re.search(r"<[\d.]+", allowed))
    ]
    assert [row[:2] for row in documented("Upper bounds")] == bounds
