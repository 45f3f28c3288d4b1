"""The verdicts on the simulation: each figure beside its bound."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from benchmarks.quota_case import Case
from benchmarks.quota_exporter import DEADLINE, QUOTA
from benchmarks.quota_failures import Hang
from benchmarks.quota_naive import Naive
from benchmarks.quota_ours import Ours
from benchmarks.verdict import Verdict

AGE_AT_MOST = 1.2
"""A multiple of the best possible age."""

WRONG_KEY_AT_MOST = 3
HANGING_AT_MOST = 10
"""Requests a minute."""


class Row(NamedTuple):
    """A case, and a day of it with the exporter and with the naive program."""

    case: Case
    ours: Ours
    naive: Naive


def of_cases(rows: Sequence[Row]) -> list[Verdict]:
    """Return the verdicts on all cases; each names the case closest to its bound."""

    def worst(name: str, figure: Callable[[Row], float], at_most: float, form: str) -> Verdict:
        row = max(rows, key=figure)
        return Verdict(f"{name} ({row.case})", figure(row), at_most, form)

    share, times, seconds = "{:.1%}", "{:.2f} x best", "{:.1f} s"
    return [
        Verdict("429s, to us", sum(row.ours.refused for row in rows), 0),
        Verdict("429s, to the customer", sum(row.ours.refused_to_customer for row in rows), 0),
        worst("busiest 60 s, of the limit", lambda row: row.ours.minute_share, QUOTA.share, share),
        worst("busiest 24 h, of the limit", lambda row: row.ours.day_share, QUOTA.share, share),
        worst("age, p99", lambda row: row.ours.age_p99 / row.case.best_age, AGE_AT_MOST, times),
        worst(
            "from failing to being seen, p99",
            lambda row: row.ours.sight_p99 / row.case.best_sight,
            AGE_AT_MOST,
            times,
        ),
        worst("longest scrape", lambda row: row.ours.longest_scrape, DEADLINE, seconds),
    ]


def of_wrong_key(requests: int) -> Verdict:
    """Return the verdict on the requests with a refused key."""
    return Verdict("wrong key, requests in the first minute", requests, WRONG_KEY_AT_MOST)


def of_hangs(hangs: Iterable[tuple[str, Hang]]) -> list[Verdict]:
    """Return the verdicts on an API that hangs; each pair says when, and what followed."""
    return [
        verdict
        for name, hang in hangs
        for verdict in (
            Verdict(
                f"hanging {name}, most requests in 60 s after the first minute",
                hang.busiest_minute,
                HANGING_AT_MOST,
            ),
            Verdict(f"hanging {name}, longest scrape", hang.longest_scrape, DEADLINE, "{:.1f} s"),
        )
    ]
