"""What is in the files of the web configuration: by that, and nothing else, a change is seen.

A file may change within one tick of the clock of its file system, keep its size, and be written in
its place, so its time, size and inode tell nothing for certain.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exporter.config.user_file import read_file
from exporter.model.errors import UnreadableError

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
    """Read a file, without waiting for anybody."""
    try:
        return Content(read_file(file, LARGEST).data)
    except UnreadableError as error:
        return Content(problem=str(error))


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
