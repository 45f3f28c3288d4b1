"""How large blocks of memory are given back to the system."""

import ctypes

LARGE = 1024 * 1024
"""Bytes of a block that is given back as soon as it is freed."""

_M_MMAP_THRESHOLD = -3
"""By malloc.h of glibc; see mallopt(3)."""


def give_large_blocks_back() -> None:
    """Let the system have each block of `LARGE` bytes and more as soon as it is freed.

    By itself glibc raises that size with the blocks that it sees, up to 32 MiB. Expositions and
    pages then leave holes between what stays, which nothing else fits: with 8,000 jobs 90 MiB.
    Other C libraries do without.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE)
