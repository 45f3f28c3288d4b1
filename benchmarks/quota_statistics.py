"""Statistics of the simulation: percentiles, and the busiest stretch of time."""

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """Return the percentile of the sorted `values` by nearest rank; `share` is 0 to 1."""
    return values[max(0, math.ceil(share * len(values)) - 1)]


def busiest(times: Sequence[float], seconds: float) -> int:
    """Return the largest number of the sorted `times` within any `seconds` seconds."""
    most = first = 0
    for number, time in enumerate(times):
        while times[first] <= time - seconds:
            first += 1
        most = max(most, number - first + 1)
    return most
