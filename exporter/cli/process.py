"""The process: its clocks, the switching of its threads, and the return of its memory."""

import ctypes
import sys
import time

from exporter.model.instant import Instant

_SWITCH_INTERVAL = 0.0005
"""Seconds after which a busy thread lets another run; Python's default is 0.005. The event loop
needs its turn after each packet, while another thread renders a page.
"""

LARGE = 1024 * 1024
"""Smallest block, in bytes, that goes straight back to the system when it is freed."""

_M_MMAP_THRESHOLD = -3
"""The parameter's number in glibc's malloc.h; see mallopt(3)."""


def now() -> Instant:
    """Return the present moment on the system's clocks."""
    return Instant(time.monotonic(), time.time())


def tune_process() -> None:
    """Make threads switch often, and freed large blocks of memory go back at once."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    give_large_blocks_back()


def give_large_blocks_back() -> None:
    """Make glibc return each block of `LARGE` bytes or more to the system when it is freed.

    By default glibc raises its mmap threshold to the largest block freed, up to 32 MiB. Then
    expositions and pages leave holes between longer-lived blocks, too small for the next ones: 90
    MiB with 8,000 jobs. Other C libraries do not have this setting, and nothing is changed there.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE)
