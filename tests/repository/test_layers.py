"""The arrow through the packages: each imports only those that stand before it here."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "exporter"

ORDER = (
    "model",
    "config",
    "api",
    "quota",
    "jobs",
    "scrape",
    "exposition",
    "web.page",
    "web",
    "web.access",
    "web.server",
    "simulator",
    "cli",
)
"""Every package; the modules that stand in none, such as `__main__`, may import all of them."""


def package_of(module: str) -> str:
    """Return the package of a dotted name below `exporter`: the longest in the order."""
    holding = [one for one in ORDER if f"{module}.".startswith(f"{one}.")]
    return max(holding, key=len, default="")


def imports_of(file: Path) -> set[str]:
    """Return the packages of ours that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    ours = [name.removeprefix("exporter.") for name in found if name.startswith("exporter.")]
    return {package_of(name) for name in ours} - {""}


def own_package(file: Path) -> str:
    return package_of(".".join(file.relative_to(PACKAGE).with_suffix("").parts))


FILES = sorted(file for file in PACKAGE.rglob("*.py") if own_package(file))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_imports_only_packages_that_stand_before_its_own(file: Path) -> None:
    package = own_package(file)
    assert imports_of(file) <= {*ORDER[: ORDER.index(package)], package}


def test_the_simulator_imports_nothing_of_ours() -> None:
    files = [file for file in FILES if own_package(file) == "simulator"]
    assert files
    assert set().union(*map(imports_of, files)) <= {"simulator"}


def test_only_the_package_of_the_api_speaks_http_to_it() -> None:
    speakers = {
        own_package(file)
        for file in FILES
        if {"requests", "urllib3"} & {name.split(".")[0] for name in foreign_imports_of(file)}
    }
    assert speakers == {"api"}


def foreign_imports_of(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    named = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return named | {
        alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
    }
