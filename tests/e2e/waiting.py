"""Waiting for other programs on machines of any speed: by asking, never by sleeping."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import stamina

PATIENCE = 120.0
"""Seconds after which waiting is given up."""

T = TypeVar("T")


def until(
    ask: Callable[[], T],
    wanted: Callable[[T], object],
    otherwise: str,
    patience: float = PATIENCE,
) -> T:
    """Ask until the answer is wanted. If none is, fail with `otherwise` and the last answer."""
    for attempt in stamina.retry_context(
        on=(AssertionError, OSError),
        timeout=patience,
        attempts=None,
        wait_initial=0.05,
        wait_max=0.25,
    ):
        with attempt:
            answer = ask()
            assert wanted(answer), f"{otherwise}: {answer!r}"
    return answer


def settled(ask: Callable[[], T], wanted: Callable[[T], object]) -> T:
    """Return the wanted answer or, if none comes, the last one, for the test to judge."""
    with suppress(AssertionError):
        return until(ask, wanted, "not settled")
    return ask()
