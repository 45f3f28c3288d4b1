"""The table of the cases, with a line for each."""

from collections.abc import Iterable, Iterator

from benchmarks.quota_case import Case
from benchmarks.quota_verdicts import Row
from exporter.model.duration import DAY, HOUR, MINUTE

_GROUPS = ("", "the exporter", "reading every job at every scrape")
_CASE = f"{'account':9} {'watched':>7} {'run':>5} {'scraped':8} {'customer':8} {'best':>6}"
_OURS = f"{'requests':>8} {'day':>5} {'429s':>4} {'median':>6} {'p99':>6} {'seen':>6}"
_NAIVE = f"{'requests':>11} {'day':>6} {'429s':>11} {'median':>6} {'p99':>6}"


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of the table."""
    columns = (_CASE, _OURS, _NAIVE)
    yield " | ".join(
        name.ljust(len(column)) for name, column in zip(_GROUPS, columns, strict=True)
    ).rstrip()
    yield " | ".join(columns)
    for row in rows:
        yield " | ".join((_case(row.case), _ours(row), _naive(row)))


def span(seconds: float) -> str:
    """Write seconds in few characters: 0.0s, 19.2s, 32.0m, 19.2h, 8.0d."""
    if seconds < 3 * MINUTE:
        return f"{seconds:.1f}s"
    if seconds < 3 * HOUR:
        return f"{seconds / MINUTE:.1f}m"
    return f"{seconds / HOUR:.1f}h" if seconds < 2 * DAY else f"{seconds / DAY:.1f}d"


def _case(case: Case) -> str:
    scraped = f"{case.servers} x {case.interval:.0f}s"
    customer = "half" if case.customer else "nothing"
    return (
        f"{case.account:9} {case.watched:7,} {case.running:5,} {scraped:8} {customer:8} "
        f"{span(case.best_age):>6}"
    )


def _ours(row: Row) -> str:
    ours = row.ours
    return (
        f"{ours.requests:8,} {ours.requests / row.case.limits.day:5.1%} "
        f"{ours.refused + ours.refused_to_customer:4,} "
        f"{span(ours.age_median):>6} {span(ours.age_p99):>6} {span(ours.sight_p99):>6}"
    )


def _naive(row: Row) -> str:
    naive = row.naive
    return (
        f"{naive.requests:11,} {naive.answered / row.case.limits.day:6.1%} "
        f"{naive.refused + naive.refused_to_customer:11,} "
        f"{span(naive.age_median):>6} {span(naive.age_p99):>6}"
    )
