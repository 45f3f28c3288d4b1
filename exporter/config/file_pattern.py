"""The files that a pattern matches, and the folders that cannot be listed.

The standard library's `glob` treats a folder that it cannot list as empty, so every job file in
that folder would count as deleted.
"""

import os
import re
from fnmatch import filter as names_like
from pathlib import Path
from typing import NamedTuple

_ESCAPED = re.compile(r"\[([*?[])\]")
"""A wildcard that stands for itself, as glob.escape writes it."""


class Listing(NamedTuple):
    """The files that a pattern matches, sorted, and the folders that cannot be listed, with why."""

    files: list[str]
    unlisted: dict[str, str]


def list_files(pattern: Path) -> Listing:
    """Return the files that a pattern matches; a pattern without wildcards matches itself.

    `*`, `?`, `[…]` and `**` match within one name. A missing folder holds no files.
    """
    paths = [""]
    unlisted: dict[str, str] = {}
    for part in map(str, pattern.parts):
        name = _literal(part)
        if name is not None:
            paths = [_prefix(folder) + name for folder in paths]
        else:
            paths = [path for folder in paths for path in _matching(folder, part, unlisted)]
    return Listing(sorted(paths), unlisted)


def is_below(path: str, folder: str) -> bool:
    """Tell whether a listed file is below a folder of the same pattern."""
    return path.startswith(_prefix(folder))


def _prefix(folder: str) -> str:
    """Return the beginning of every path in a folder; "" gives "", the working directory."""
    return os.path.join(folder, "")  # noqa: PTH118  `Path("")` is `.`


def _literal(part: str) -> str | None:
    """Return the only name that a part of a pattern can match; None if it has wildcards."""
    if set("*?[") & set(_ESCAPED.sub("", part)):
        return None
    return _ESCAPED.sub(r"\1", part)


def _matching(folder: str, part: str, unlisted: dict[str, str]) -> list[str]:
    """Return the paths in a folder whose names match a part of a pattern.

    If the folder cannot be listed, add it to `unlisted`. Hidden names match only a part that starts
    with a dot.
    """
    try:
        names = os.listdir(folder or ".")  # noqa: PTH208  only the names, perhaps thousands
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        unlisted[folder] = f"expected a folder that can be listed: {error.strerror}"
        return []
    prefix, hidden = _prefix(folder), part.startswith(".")
    return [prefix + name for name in names_like(names, part) if hidden or name[0] != "."]
