"""One moment, as the rest of the program is told it."""

from typing import NamedTuple


class Instant(NamedTuple):
    """One moment on two clocks, both in seconds.

    `monotonic` is for what is due and what may be asked, and never jumps; `unix` is for what users
    see, and for the times that the API names.
    """

    monotonic: float
    unix: float
