"""The contents of the web configuration's files. Only different contents count as a change.

Time, size and inode prove nothing: a file may change within one tick of the file system's clock,
keep its size, and be written in place.
"""

from collections.abc import Mapping
from pathlib import Path

from exporter.config.user_file import Content, read_content

LARGEST_WEB_FILE = 1024 * 1024
"""Most bytes of a file that is read: web configuration, certificate, key or CA."""


Contents = Mapping[Path, Content]
"""The contents of files at one moment."""


class FileReader:
    """Reads each file once, so the program compares and uses the same bytes."""

    def __init__(self) -> None:
        self._contents: dict[Path, Content] = {}

    @property
    def contents(self) -> Contents:
        """The contents of every file read so far."""
        return dict(self._contents)

    def read(self, file: Path) -> Content:
        """Return the content of a file. Never block on a pipe or a device."""
        if file not in self._contents:
            self._contents[file] = read_content(file, LARGEST_WEB_FILE)
        return self._contents[file]

    def are_unchanged(self, contents: Contents) -> bool:
        """Tell whether these files still have the same content."""
        return all(self.read(file) == content for file, content in contents.items())
