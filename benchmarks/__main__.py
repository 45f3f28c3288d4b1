"""Every benchmark but the soak, one after the other, each in a process of its own.

    make bench

Runs them all even if one misses a bound. Prints at the end one table of the rows of all, names the
benchmarks that missed a bound or failed, and exits 1 if any did.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import NamedTuple

from benchmarks.verdict import HEAD, is_row

PARTS = ("start", "wire", "memory", "reads", "loop", "page", "cold", "readers", "lives", "quota")
"""The modules to run."""


class Ran(NamedTuple):
    """The exit code of a module, and the rows of the table that it printed."""

    code: int
    rows: list[str]


def run(part: str) -> Ran:
    """Run one module, and print what it prints."""
    command = [sys.executable, "-u", "-m", f"benchmarks.{part}"]
    rows = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            if is_row(line):
                rows.append(line)
    return Ran(process.returncode, rows)


def run_all(parts: Iterable[str], run: Callable[[str], Ran] = run) -> int:
    """Run the parts, print the name of each and at the end the table; return the exit code."""
    rows, failed = [], []
    for part in parts:
        print(f"-- {part}", flush=True)
        ran = run(part)
        rows += ran.rows
        if ran.code:
            failed.append(part)
    print(f"\n{HEAD}\n{''.join(rows)}")
    print(f"-- MISSED: {', '.join(failed)}" if failed else "-- all bounds are kept")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(run_all(PARTS))
