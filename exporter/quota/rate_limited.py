"""How long a 429 closes the windows of an account. Pure."""

from exporter.model.duration import MINUTE
from exporter.model.instant import Instant
from exporter.model.rate_limit import WINDOW_SECONDS, RateLimit, WindowState
from exporter.quota.backoff import RETRY_AFTER
from exporter.quota.window import seconds_to_reset


def seconds_closed(said: RateLimit, consecutive: int, now: Instant) -> tuple[float, float]:
    """Return the seconds for which a 429 closes the minute's window and the day's; 0: not at all.

    `said` is what the headers of the answer state. `consecutive` counts the 429s in a row, with
    this one. An exhausted window is closed until its reset, or for Retry-After if that is longer.
    If the headers show no exhausted window, Retry-After counts, or the `RETRY_AFTER` back-off if
    that is longer; without a Retry-After, a minute.
    """
    asked = said.wait(now.unix)
    minute, day = (
        _closure(state, asked or 0.0, length, now)
        for state, length in zip((said.minute, said.day), WINDOW_SECONDS.values(), strict=True)
    )
    if minute or day:
        return minute, day
    wait = MINUTE if asked is None else max(asked, RETRY_AFTER.after(consecutive))
    return (wait, 0.0) if wait <= MINUTE else (0.0, wait)


def _closure(state: WindowState, asked: float, length: float, now: Instant) -> float:
    """Return the seconds for which one window is closed; 0 if it is not exhausted."""
    if state.remaining != 0:
        return 0.0
    return max(seconds_to_reset(state.reset, now.unix, length), asked)
