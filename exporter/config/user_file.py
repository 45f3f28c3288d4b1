"""Reading of files that users name, without waiting and with a limit of the size.

To open a pipe is to wait for its other end, and a device may be endless. The kind of file is
checked after opening, because the name may lead to another file a moment later.
"""

import os
import stat
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from exporter.model.errors import UnreadableError

NOT_REGULAR = "expected a regular file"

_KIB = 1024
_MIB = 1024 * _KIB


class UserFile(NamedTuple):
    """The content of a file, and its mode."""

    data: bytes
    mode: int


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file, or the problem when the file cannot be read."""

    data: bytes = field(default=b"", repr=False)
    problem: str = ""


def read_content(file: Path, most: int) -> Content:
    """Read a regular file of at most `most` bytes."""
    try:
        return Content(read_file(file, most).data)
    except UnreadableError as error:
        return Content(problem=str(error))


def read_file(file: Path, most: int, *, or_pipe: bool = False) -> UserFile:
    """Read a regular file of at most `most` bytes; with `or_pipe` also a pipe, to its end.

    Raises UnreadableError if the file is of another kind, larger, or cannot be read.
    """
    try:
        waits = or_pipe and stat.S_ISFIFO(file.stat().st_mode)
        kinds = (stat.S_IFREG, stat.S_IFIFO) if waits else (stat.S_IFREG,)
        opener = partial(_open, more_flags=0 if waits else os.O_NONBLOCK)
        with open(file, "rb", opener=opener) as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if stat.S_IFMT(mode) not in kinds:
                raise UnreadableError(NOT_REGULAR)
            data = stream.read(most + 1) or b""  # None: nothing to read yet, as in some of /proc
    except OSError as error:
        message = f"expected a readable file: {error.strerror}"
        raise UnreadableError(message) from None
    if len(data) > most:
        size = f"{most // _MIB} MiB" if most >= _MIB else f"{most // _KIB} KiB"
        message = f"expected at most {size}"
        raise UnreadableError(message)
    return UserFile(data, mode)


def _open(path: str, flags: int, more_flags: int) -> int:
    return os.open(path, flags | more_flags)
