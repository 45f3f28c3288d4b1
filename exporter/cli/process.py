"""The process: the switching of its threads, and the return of its memory."""

import ctypes
import sys

_SWITCH_INTERVAL = 0.0005
"""Seconds after which a busy thread lets another run; Python's default is 0.005. The event loop
needs its turn after each packet, while another thread renders a page.
"""

LARGE = 2 * 1024 * 1024
"""Smallest block, in bytes, that goes straight back to the system when it is freed."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""The parameters' numbers in glibc's malloc.h; see mallopt(3)."""


def tune_process() -> None:
    """Make threads switch often, and freed large blocks of memory go back at once."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    give_large_blocks_back()


def give_large_blocks_back() -> None:
    """Make glibc return blocks of `LARGE` bytes or more to the system when they are freed.

    By default glibc raises its mmap threshold to the largest block freed, up to 32 MiB. Then pages
    leave holes between longer-lived blocks, too small for the next ones. The room of a smaller
    block, such as the exposition of 10,000 jobs, is kept for the next: to get it anew at each
    scrape takes 0.4 ms. Other C libraries have no such settings, and nothing is changed there.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE)
        mallopt(_M_TRIM_THRESHOLD, 2 * LARGE)
