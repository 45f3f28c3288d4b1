"""What is worked out of many times: percentiles, and the busiest stretch."""

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that so much of the sorted `values` is not above (the nearest rank)."""
    return values[max(0, math.ceil(share * len(values)) - 1)]


def busiest(times: Sequence[float], seconds: float) -> int:
    """Return the most of the sorted `times` that lie in any stretch of so many seconds."""
    most = first = 0
    for number, time in enumerate(times):
        while times[first] <= time - seconds:
            first += 1
        most = max(most, number - first + 1)
    return most
