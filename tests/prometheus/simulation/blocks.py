"""Whether what blocks an account is an alert in time, and nothing else is. Pure."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise, takewhile

from tests.prometheus.simulation.api import OF_JOB, Request
from tests.prometheus.simulation.evidence import Evidence, is_paced
from tests.prometheus.simulation.program import Series, Shown
from tests.prometheus.simulation.promtool import Alert
from tests.prometheus.simulation.verdict import Fault
from tests.prometheus.simulation.world import MINUTE, SCRAPE, Account

NAME = "FusebillApiBlocked"

WAITS = 10 * MINUTE
"""What blocks an account is an alert when it has lasted so long."""

FINDS_OUT = 3 * MINUTE
"""Seconds in which the exporter finds out that an API is down: by several reads, over scrapes."""

ENDS_WITHIN = 2 * MINUTE
"""Seconds after a good answer was shown in which the alert has ended; in which one begins too."""

BRIDGED = 12 * MINUTE
"""An exporter that is away for so long may be forgotten by the alert."""

_FINE = (None, *OF_JOB.values())
"""What a request meets where the API serves the account."""

ENOUGH = {"unreachable": 5}
"""So many requests in a row must fail before an API is called unreachable; of others, one."""


def judge_blocks(evidence: Evidence, alerts: tuple[Alert, ...]) -> Iterator[Fault]:
    """Tell where an account is blocked without an alert, and where the alert is false."""
    for account in evidence.run.world.accounts:
        firing = {one.minute for one in alerts if one.name == NAME and one.of[0] == account.name}
        requests = [one for one in evidence.run.requests if one.account == account.name]
        shown = tuple(_shown_since(evidence, account))
        for minute in evidence.minutes:
            may = _may(evidence, account, requests, minute)
            lasts = minute * MINUTE - shown[int(minute * MINUTE / SCRAPE)]
            if minute in firing and not may:
                yield Fault(minute, f"{NAME} of {account.name} is false")
            if minute not in firing and may and lasts >= WAITS + ENDS_WITHIN:
                yield Fault(minute, f"{NAME} of {account.name} is missing, as it was shown")
            if minute not in firing and _must(evidence, account, requests, minute):
                yield Fault(minute, f"{NAME} of {account.name} is missing")


def _may(evidence: Evidence, account: Account, requests: list[Request], minute: int) -> bool:
    """Tell whether the alert may fire: not when the last that was met, some time ago, was good.

    Nor when it was the trouble of a job alone, as the API has answered for others since it began,
    and since any trouble of the account. A reserve may be told by an answer for such a job, too.
    """
    shown = evidence.shown(0, minute - ENDS_WITHIN / MINUTE)
    known = shown[-1] * SCRAPE if shown else 0.0
    until = bisect_right(requests, known, key=lambda one: one.at)
    now = bisect_right(requests, minute * MINUTE, key=lambda one: one.at)
    if any(one.met not in _FINE for one in requests[until:now]) or not until:
        return True
    if "reserve" in account.causes(known, minute * MINUTE):
        return True
    last = requests[until - 1]
    since = list(takewhile(lambda one: one.met in _FINE, reversed(requests[:until])))
    of_job = [one for one in since if one.job_id == last.job_id]
    failed = list(takewhile(lambda one: one.met is not None, of_job))
    others = (one for one in since if failed and one.at >= failed[-1].at)
    answered = any(one.job_id != last.job_id for one in others)
    return not since or (last.met is not None and not answered)


def _must(evidence: Evidence, account: Account, requests: list[Request], minute: int) -> bool:
    """Tell whether the alert must fire: the same has been met for long enough, and still is."""
    now = minute * MINUTE
    whole = [one for one in account.troubles if one.holds(now) and one.share == 1.0]
    past = [one for one in requests if one.at <= now]
    met = _met_last(past)
    if not whole or not met or not _seen(evidence, met[0].at / MINUTE, minute):
        return False
    cause = met[-1].met or ""
    if cause == "rate_limited" and is_paced(account):
        return False  # it is over before the next read that the share allows
    early = [one for one in met if one.at <= now - WAITS - FINDS_OUT]
    return len(early) >= ENOUGH.get(cause, 1) and cause in {one.cause for one in whole}


def _shown_since(evidence: Evidence, account: Account) -> Iterator[float]:
    """Yield for each scrape since when a block of an account was shown; infinity: it is none.

    Scrapes that are missed, and those of an exporter that has only begun, say nothing.
    """
    since, last = math.inf, -math.inf
    for number, shown in enumerate(evidence.run.scrapes):
        now = number * SCRAPE
        blocked = None if shown is None else _blocked(shown, account.name)
        if blocked is False or now - last >= BRIDGED:
            since = math.inf
        if blocked:
            since, last = min(since, now), now
        yield since if now - last < ENDS_WITHIN else math.inf


def _blocked(shown: Shown, account: str) -> bool | None:
    """Return whether a scrape says that an account is blocked, other than by its share."""
    of = ("account", account)
    up = shown.get(Series("fusebill_up", (of,)))
    causes = ("key", "rate_limited", "reserve", "unreachable")
    said = (shown.get(Series("fusebill_api_blocked", (of, ("cause", one)))) for one in causes)
    if up == 0 or 1 in said:
        return True
    return None if up is None else False


def _met_last(past: list[Request]) -> list[Request]:
    """Return the last requests, all of which met one trouble of the account."""
    met: list[Request] = []
    for one in reversed(past):
        if one.met in (None, *OF_JOB.values()) or (met and one.met != met[0].met):
            break
        met.append(one)
    return met[::-1]


def _seen(evidence: Evidence, begin: float, end: float) -> bool:
    """Tell whether the exporter was never away for long in a span of minutes."""
    times = [begin, *(number * SCRAPE / MINUTE for number in evidence.shown(begin, end)), end]
    return max(b - a for a, b in pairwise(times)) < BRIDGED / MINUTE
