"""How many lines of one kind are logged: a few at once, then one a minute. Pure."""

import math

_MINUTE = 60.0


class LogRation:
    """Holds up to `most` lines; one comes back each minute. Counts what is left out meanwhile."""

    def __init__(self, most: int = 1) -> None:
        self._most = most
        self._whole_at = -math.inf
        self._left_out = 0

    def take(self, now: float, *, in_any_case: bool = False) -> dict[str, int] | None:
        """Return what a line has to say of those left out, None where it is one of them.

        A line that is to be written `in_any_case` is taken from the ration too. `now` is in
        seconds.
        """
        whole_at = max(self._whole_at, now)
        if whole_at - now > (self._most - 1) * _MINUTE and not in_any_case:
            self._left_out += 1
            return None
        self._whole_at = min(whole_at, now + (self._most - 1) * _MINUTE) + _MINUTE
        left_out, self._left_out = self._left_out, 0
        return {"left_out": left_out} if left_out else {}
