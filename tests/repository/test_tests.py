"""The mirror: a stranger finds the tests of a module by its name, and the module of a test."""

import ast
from pathlib import Path, PurePosixPath

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parent / "exporter"

ELSEWHERE = {"__main__": "cli/test_pid_1"}
"""Modules without a test module of their name, each with the one that tests it."""

WHOLE = {
    "cli/test_exit_codes",
    "cli/test_pid_1",
    "cli/test_secrecy",
    "cli/test_secrecy_of_files",
    "scrape/test_probes",
    "scrape/test_scrapes",
    "scrape/test_scrapes_in_limits",
    "scrape/test_scrapes_through_a_bad_network",
    "scrape/test_scrapes_told_to_wait",
    "scrape/test_trouble_logged_once",
}
"""Test modules in a package's folder that test no single module, but the program or a scrape."""


def names(folder: Path, pattern: str) -> set[PurePosixPath]:
    """Return the paths of the Python files below a folder, without their suffix."""
    return {
        PurePosixPath(file.relative_to(folder).with_suffix("")) for file in folder.rglob(pattern)
    }


MODULES = {name for name in names(PACKAGE, "*.py") if name.name != "__init__"}
FOLDERS = {module.parent for module in MODULES} - {PurePosixPath()}


def named_by(test: PurePosixPath) -> PurePosixPath | None:
    """Return the module with whose name a test module's begins: the longest such name."""
    beside = [module for module in MODULES if module.parent == test.parent]
    fitting = [one for one in beside if f"{test.name}_".startswith(f"test_{one.name}_")]
    return max(fitting, key=lambda one: len(one.name), default=None)


NAMED = {test: named_by(test) for test in names(TESTS, "test_*.py")}


def test_each_module_has_a_test_module_of_its_name_but_for_the_exceptions() -> None:
    assert {str(module) for module in MODULES - set(NAMED.values())} == set(ELSEWHERE)
    assert set(ELSEWHERE.values()) <= set(map(str, NAMED))


def test_each_test_module_beside_others_begins_with_a_module_but_for_the_exceptions() -> None:
    unnamed = {test for test, module in NAMED.items() if module is None}
    assert {str(test) for test in unnamed if test.parent in FOLDERS} == WHOLE


def imports_of(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return found


def test_no_file_imports_a_test_module() -> None:
    importing = {
        f"{file.relative_to(TESTS)}: {name}"
        for file in TESTS.rglob("*.py")
        for name in imports_of(file)
        if any(part.startswith("test_") for part in name.split("."))
    }
    assert importing == set()
