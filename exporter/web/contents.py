"""What is in the files of the web configuration: by that, and nothing else, a change is seen.

A file may change within one tick of the clock of its file system, keep its size, and be written in
its place, so its time, size and inode tell nothing for certain.
"""

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LARGEST = 1024 * 1024
"""Bytes of a file that are read at most: of the web configuration, a certificate, a key or a CA."""


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a file, or what is wrong where it cannot be read."""

    data: bytes = field(default=b"", repr=False)
    problem: str = ""


Seen = Mapping[Path, Content]
"""Files as they were at one moment."""


def read_content(file: Path) -> Content:
    """Read a file. To open a pipe would wait for its other end, and a device may have no end."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return Content(problem="expected a regular file")
        with file.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        return Content(problem=f"expected a readable file: {error.strerror}")
    if len(data) > LARGEST:
        return Content(problem=f"expected at most {LARGEST // 1024 // 1024} MiB")
    return Content(data)


class Contents:
    """Files at one moment: each is read once, so what is compared is also what is used."""

    def __init__(self) -> None:
        self._seen: dict[Path, Content] = {}

    @property
    def seen(self) -> Seen:
        """Every file that was asked for."""
        return dict(self._seen)

    def of(self, file: Path) -> Content:
        """Return what is in a file."""
        if file not in self._seen:
            self._seen[file] = read_content(file)
        return self._seen[file]

    def are(self, seen: Seen) -> bool:
        """Tell whether these files are as they were."""
        return all(self.of(file) == content for file, content in seen.items())
