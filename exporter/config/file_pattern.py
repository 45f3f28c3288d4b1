"""The files that a pattern matches: as glob does, but it says which folders cannot be listed.

Glob takes such a folder for an empty one, and all that was in it for deleted.
"""

import os
import re
from fnmatch import filter as names_like
from pathlib import Path
from typing import NamedTuple

_ESCAPED = re.compile(r"\[([*?[])\]")
"""A sign of patterns that stands for itself, as glob.escape writes it."""


class Listing(NamedTuple):
    """The files of a pattern, by name, and why each folder of others cannot be listed."""

    files: list[str]
    unlisted: dict[str, str]


def matching(pattern: Path) -> Listing:
    """Return the files that a pattern matches; one without a sign of patterns matches itself.

    `*`, `?` and `[…]` stand for parts of one name, `**` too. A folder that is not there holds none.
    """
    paths = [""]
    unlisted: dict[str, str] = {}
    for part in map(str, pattern.parts):
        name = _literal(part)
        if name is not None:
            paths = [_inside(folder) + name for folder in paths]
        else:
            paths = [path for folder in paths for path in _matching_in(folder, part, unlisted)]
    return Listing(sorted(paths), unlisted)


def is_in(path: str, folder: str) -> bool:
    """Tell whether a file that a pattern matched is in a folder that it led through."""
    return path.startswith(_inside(folder))


def _inside(folder: str) -> str:
    """Return what the paths in a folder begin with."""
    return os.path.join(folder, "")  # noqa: PTH118  a Path knows no folder without a name


def _literal(part: str) -> str | None:
    """Return the name that a part of a pattern stands for; None where it stands for several."""
    if set("*?[") & set(_ESCAPED.sub("", part)):
        return None
    return _ESCAPED.sub(r"\1", part)


def _matching_in(folder: str, part: str, unlisted: dict[str, str]) -> list[str]:
    """Return what a part of a pattern matches in a folder; hidden names only if it begins so."""
    try:
        names = os.listdir(folder or ".")  # noqa: PTH208  thousands of names, and nothing else
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        unlisted[folder] = f"expected a folder that can be listed: {error.strerror}"
        return []
    begin, hidden = _inside(folder), part.startswith(".")
    return [begin + name for name in names_like(names, part) if hidden or name[0] != "."]
