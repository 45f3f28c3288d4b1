"""An exposition in gzip, taken to its end and inflated."""

import gzip
from collections.abc import Generator


def inflated(making: Generator[None, None, bytes]) -> bytes:
    """Return the text of an exposition that is being made."""
    while True:
        try:
            next(making)
        except StopIteration as end:
            return gzip.decompress(end.value)
