"""Every benchmark but the soak, one after the other, each in a process of its own.

    make bench

Goes on after one that misses a bound, names those at the end, and exits 1 when there are any.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable

PARTS = ("scrape", "page", "cold", "late", "loop", "readers", "lives", "quota")
"""The modules, the quick ones first."""


def run(part: str) -> int:
    """Run a part and return its exit code."""
    return subprocess.run([sys.executable, "-m", f"benchmarks.{part}"], check=False).returncode


def missed(parts: Iterable[str], run: Callable[[str], int] = run) -> list[str]:
    """Run all the parts under their names and return those that failed."""
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
