"""A fault that holds at a minute, and sentences about spans of minutes."""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple


class Fault(NamedTuple):
    """What is wrong at a minute."""

    minute: int
    what: str


def merged(faults: Iterable[Fault]) -> list[str]:
    """Return one sentence for each span of minutes in which the same is wrong."""
    spans: list[tuple[int, int, str]] = []
    ordered = sorted(set(faults), key=lambda fault: (fault.what, fault.minute))
    for what, same in groupby(ordered, key=lambda fault: fault.what):
        minutes = [fault.minute for fault in same]
        for _, span in groupby(enumerate(minutes), key=lambda pair: pair[1] - pair[0]):
            inside = [minute for _, minute in span]
            spans.append((inside[0], inside[-1], what))
    return [f"{what}, minutes {first} to {last}." for first, last, what in sorted(spans)]
