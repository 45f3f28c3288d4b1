"""Every benchmark but the soak, one after the other, each in a process of its own.

    make bench

Runs them all even if one misses a bound. Names those that did at the end, and exits 1 if any did.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable

PARTS = ("scrape", "page", "cold", "late", "loop", "readers", "lives", "quota")
"""The modules to run, the quick ones first."""


def run(part: str) -> int:
    """Run one module and return its exit code."""
    return subprocess.run([sys.executable, "-m", f"benchmarks.{part}"], check=False).returncode


def missed(parts: Iterable[str], run: Callable[[str], int] = run) -> list[str]:
    """Run all the parts, print the name of each, and return those that failed."""
    failed = []
    for part in parts:
        print(f"-- {part}", flush=True)
        if run(part):
            failed.append(part)
    return failed


def main() -> int:
    """Run, print, and return the exit code."""
    failed = missed(PARTS)
    print(f"-- MISSED: {', '.join(failed)}" if failed else "-- all bounds are kept")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
