"""The requests that watching costs an account, and the age of the values: a simulated day per case.

    python -m benchmarks.quota

The exporter's own code runs in virtual time against an account with the API's rate limits. Beside
it runs a program that reads every job at every scrape. Prints a line for each case, then the
verdicts. Exits 1 if a bound is missed. `--quick` leaves out the cases with 10,000 jobs.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor

from benchmarks.quota_account import ACCOUNTS
from benchmarks.quota_case import CASES, SIZES, Case
from benchmarks.quota_exporter import QUOTA, REFRESH
from benchmarks.quota_failures import Hang, cold_start, hang, wrong_key
from benchmarks.quota_naive import read_everything
from benchmarks.quota_ours import simulate
from benchmarks.quota_table import span, table
from benchmarks.quota_verdicts import Row, of_cases, of_hangs, of_wrong_key
from benchmarks.verdict import Verdict, report
from exporter.model.duration import DAY, HOUR

QUICK_AT_MOST = 1_000
HANGS = {"from the start": 0.0, "after an hour": HOUR}
LEGEND = f"""\
A day of each case: share {QUOTA.share:.0%} of the limits, running jobs read every \
{REFRESH.active:.0f} s at most.
best: the age that running jobs' values must reach at the rate allowed. day: answered requests,
as a share of the day's limit. 429s: ours and those that the customer meets. median, p99: age of
running jobs' values at scrapes (never read: a day). seen: p99 of the time from a job's failing to
a scrape that shows it.
"""


def row(case: Case) -> Row:
    """Simulate a day of a case, with the exporter and with the naive program."""
    return Row(case, simulate(case), read_everything(case))


def rows(pool: Executor, cases: Sequence[Case]) -> Iterator[Row]:
    """Yield a row for each case, in order; begin with the cases that take longest."""
    costly = sorted(cases, key=lambda case: case.watched * case.rate / case.interval, reverse=True)
    days = {case: pool.submit(row, case) for case in costly}
    return (days[case].result() for case in cases)


def cold_starts(at_most: int) -> list[Case]:
    """Return the cases of a cold start with at most `at_most` jobs."""
    return [
        Case(account, watched, running, servers=1, interval=15.0, customer=False)
        for account in ACCOUNTS
        for watched, running in SIZES
        if watched <= at_most
    ]


def print_recoveries(hangs: dict[str, Hang]) -> None:
    """Print how the exporter recovers once the API no longer hangs."""
    for name, one in hangs.items():
        print(
            f"hanging {name}: {one.first_minute} requests in the first minute; all jobs are read "
            f"again {span(one.recovery)} after the API's recovery"
        )


def print_cold_starts(pool: Executor, cases: Sequence[Case]) -> None:
    """Print how long it takes until each job has been read once."""
    for case, seconds in zip(cases, pool.map(cold_start, cases), strict=True):
        how = ", by arithmetic" if seconds > DAY else ""
        print(f"cold start, {case}: every job is read after {span(seconds)}{how}")


def print_unrounded(days: Sequence[Row]) -> None:
    """Print the time from a job's failure to its being seen, as a multiple of the best age.

    This has no bound: the best age need not be whole scrape intervals, and a failure is seen only
    at a scrape.
    """
    past = [day.ours.sight_p99 / day.case.best_age for day in days]
    print(
        f"from failing to being seen, p99, against the best age before it is rounded up to whole "
        f"scrapes: at most {max(past):.2f} times ({days[past.index(max(past))].case})"
    )


def measure(at_most: int) -> list[Verdict]:
    """Simulate every case with at most `at_most` jobs, print it, and return the verdicts."""
    cases = [case for case in CASES if case.watched <= at_most]
    print(LEGEND)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        key = pool.submit(wrong_key)
        hangs = dict(zip(HANGS, pool.map(hang, HANGS.values()), strict=True))
        days = list(rows(pool, cases))
        print("\n".join(table(days)), end="\n\n")
        print_cold_starts(pool, cold_starts(at_most))
        print_recoveries(hangs)
        print_unrounded(days)
        print()
        return [*of_cases(days), of_wrong_key(key.result()), *of_hangs(hangs.items())]


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quota", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out the cases of 10,000 jobs")
    quick = parser.parse_args(arguments).quick
    began = time.monotonic()
    verdicts = measure(QUICK_AT_MOST if quick else max(watched for watched, _ in SIZES))
    print(f"took {time.monotonic() - began:.0f} s")
    return report(verdicts)


if __name__ == "__main__":
    sys.exit(main())
