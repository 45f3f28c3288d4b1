"""Waiting for what other programs do, however slow the machine is: by asking, never by sleeping."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import stamina

PATIENCE = 120.0
"""Seconds after which what was waited for does not come any more."""

T = TypeVar("T")


def until(ask: Callable[[], T], wanted: Callable[[T], object], otherwise: str) -> T:
    """Ask until the answer is wanted; when none is, fail with what it means and the last one."""
    for attempt in stamina.retry_context(
        on=(AssertionError, OSError),
        timeout=PATIENCE,
        attempts=None,
        wait_initial=0.05,
        wait_max=0.25,
    ):
        with attempt:
            answer = ask()
            assert wanted(answer), f"{otherwise}: {answer!r}"
    return answer


def settled(ask: Callable[[], T], wanted: Callable[[T], object]) -> T:
    """Return the answer that is wanted or, when none comes, the last: the test judges it."""
    with suppress(AssertionError):
        return until(ask, wanted, "not settled")
    return ask()
