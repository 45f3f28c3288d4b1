"""The arrow through the modules: each imports only those that stand before it here."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "exporter"

ORDER = (
    "instant",
    "rate_limit",
    "failures",
    "errors",
    "user_file",
    "duration",
    "state",
    "answer_fields",
    "job",
    "secret",
    "garbage",
    "memory",
    "plain_yaml",
    "document",
    "problems",
    "clashes",
    "fields",
    "config",
    "life",
    "lint",
    "schema",
    "transport",
    "client",
    "block",
    "pace",
    "window",
    "budget",
    "breaker",
    "ration",
    "tally",
    "threads",
    "turns",
    "scrape_time",
    "watch",
    "health",
    "events",
    "pending",
    "strangers",
    "deadline",
    "line",
    "snapshot",
    "listing",
    "job_file",
    "job_files",
    "setup",
    "roster",
    "permits",
    "ledger",
    "choice",
    "refresh",
    "collector",
    "accounts",
    "watching",
    "exposition",
    "negotiation",
    "samples",
    "job_metrics",
    "metrics",
    "log_queue",
    "logs",
    "web",
    "flags",
    "simulator",
    "demo",
    "plan",
    "once",
    "check",
    "cli",
    "__main__",
)


def module_of(file: Path) -> str:
    """Return the name under which a file stands in the order: its folder's, where it has one."""
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def imports_of(file: Path) -> set[str]:
    """Return the modules of ours that a file imports; `exporter` alone is the version."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found.update([node.module, *(names if node.module == "exporter" else [])])
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    parts = [name.split(".") for name in found if name.startswith("exporter.")]
    return {name[1] for name in parts} - {"__version__"}


FILES = sorted(file for file in PACKAGE.rglob("*.py") if file != PACKAGE / "__init__.py")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_imports_only_what_stands_before_it(file: Path) -> None:
    module = module_of(file)
    before = ORDER[: ORDER.index(module)]
    assert imports_of(file) - {module} <= set(before)


def test_the_simulator_imports_nothing_of_ours() -> None:
    files = [file for file in FILES if module_of(file) == "simulator"]
    assert files
    assert set().union(*map(imports_of, files)) <= {"simulator"}


def test_only_the_client_and_its_transport_speak_http_to_the_api() -> None:
    speakers = {
        module_of(file)
        for file in FILES
        if {"requests", "urllib3"}
        & {
            name.split(".")[0]
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            for name in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else []
            )
        }
    }
    assert speakers == {"client", "transport"}
