"""The process: its clocks, how its threads take turns, and how it gives memory back."""

import ctypes
import sys
import time

from exporter.model.instant import Instant

_SWITCH_INTERVAL = 0.0005
"""Seconds after which a computing thread lets another run; Python's default is 0.005. The event
loop needs its turn after each packet, while a thread beside it draws a page.
"""

LARGE = 1024 * 1024
"""Bytes from which on a freed block goes straight back to the system."""

_M_MMAP_THRESHOLD = -3
"""The parameter's number in glibc's malloc.h; see mallopt(3)."""


def now() -> Instant:
    """Return the present, on the system's clocks."""
    return Instant(time.monotonic(), time.time())


def tune_process() -> None:
    """Let threads switch often, and large blocks of memory go back at once."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    give_large_blocks_back()


def give_large_blocks_back() -> None:
    """Make glibc return each block of `LARGE` bytes or more to the system when it is freed.

    By default glibc raises this threshold with the blocks it sees, up to 32 MiB. Expositions and
    pages then leave holes between longer-lived blocks, too small for the next ones: 90 MiB with
    8,000 jobs. Other C libraries have no such setting and are left alone.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE)
