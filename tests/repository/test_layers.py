"""The arrow through the packages: each imports only those that stand before it here."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "exporter"
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

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


IMPORTS = {
    (own_package(file), imported)
    for file in FILES
    for imported in imports_of(file) - {own_package(file)}
}
"""Each package, with one that it imports."""


def drawn_arrows() -> set[tuple[str, str]]:
    diagram = ARCHITECTURE.split("```mermaid")[1].split("```")[0]
    return set(re.findall(r"^ *(\S+) -->(?:\|[^|]*\|)? (\S+)$", diagram, re.MULTILINE))


def reached_from(package: str, arrows: set[tuple[str, str]]) -> set[str]:
    straight = {end for start, end in arrows if start == package}
    return straight.union(*(reached_from(end, arrows) for end in straight))


def test_every_arrow_of_the_diagram_is_an_import() -> None:
    assert drawn_arrows() <= IMPORTS


@pytest.mark.parametrize("package", ORDER)
def test_the_arrows_of_the_diagram_lead_to_all_that_a_package_imports(package: str) -> None:
    imported = {end for start, end in IMPORTS if start == package}
    assert imported <= reached_from(package, drawn_arrows())


@pytest.mark.parametrize("package", ORDER)
def test_a_package_says_what_it_is_what_it_imports_and_where_to_start(package: str) -> None:
    folder = PACKAGE / package.replace(".", "/")
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    _, _, *imports, start = text.splitlines()
    imported = {end for begin, end in IMPORTS if begin == package}
    assert set(re.findall(r"`([\w.]+)`", "\n".join(imports))) == imported
    (first,) = re.findall(r"^Start reading at `(\w+)`", start)
    assert (folder / f"{first}.py").exists()


def test_every_file_that_the_architecture_names_exists() -> None:
    named = re.findall(r"`((?:exporter|tests|prometheus|docs)/[\w./-]+)`", ARCHITECTURE)
    short = re.findall(r"`((?:web|scrape|jobs|quota|api|exposition)/\w+)`", ARCHITECTURE)
    assert named
    assert short
    missing = [name for name in named if not (ROOT / name).exists()]
    missing += [
        name
        for name in short
        if not (PACKAGE / name).is_dir() and not (PACKAGE / f"{name}.py").exists()
    ]
    assert missing == []
