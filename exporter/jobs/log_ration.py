"""A ration of log lines of one kind: a few at once, then one a minute. Pure."""

import math

from exporter.model.duration import MINUTE


class LogRation:
    """Allows up to `most` lines at once, and then one a minute. Counts the lines left out."""

    def __init__(self, most: int = 1) -> None:
        self._most = most
        self._whole_at = -math.inf
        self._left_out = 0

    def take(self, now: float, *, in_any_case: bool = False) -> dict[str, int] | None:
        """Return `left_out` for the line, or None to drop it.

        A line with `in_any_case` is never dropped, but counts against the ration. `now` is in
        seconds.
        """
        whole_at = max(self._whole_at, now)
        if whole_at - now > (self._most - 1) * MINUTE and not in_any_case:
            self._left_out += 1
            return None
        self._whole_at = min(whole_at, now + (self._most - 1) * MINUTE) + MINUTE
        left_out, self._left_out = self._left_out, 0
        return {"left_out": left_out} if left_out else {}
