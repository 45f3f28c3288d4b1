"""Whether the texts of alerts name what was met. Pure."""

import re
from collections.abc import Iterator, Mapping

from exporter.scrape.timeout import MARGIN
from tests.prometheus.simulation.api import Request
from tests.prometheus.simulation.blocks import FINDS_OUT
from tests.prometheus.simulation.evidence import Evidence, is_paced
from tests.prometheus.simulation.promtool import Alert
from tests.prometheus.simulation.verdict import Fault
from tests.prometheus.simulation.world import MINUTE, SCRAPE, Account

BLOCKED, UNREAD = "FusebillApiBlocked", "FusebillServiceJobUnread"

SOME_FAILURE = frozenset({"unreachable", "server_error"})

WORDS: Mapping[str, frozenset[str]] = {
    r"reserve of (its|the account's) requests|than the reserve": frozenset({"reserve"}),
    r"no more requests|answers 429": frozenset({"rate_limited"}),
    r"refuses the (account's )?key|key was refused": frozenset({"key"}),
    r"does not answer|cannot be reached|comes in time|errors of its own": SOME_FAILURE,
    r"no answer came|no connection|no TLS|an error of its own|no answer of": SOME_FAILURE,
    r"no such job": frozenset({"not_found"}),
    r"share of the account's requests is spent": frozenset({"share"}),
    r"cannot scrape the exporter": frozenset({"away"}),
    r"waits for its turn": frozenset({"turn"}),
}
"""How a text says what, and the causes of which one must then have been met.

A job that the API fails to answer for is not told from an API that fails, where no other is read.
"""

TOGETHER = 15.0
"""Seconds in which requests are of one scrape, and each may be what is shown last."""


def named(text: str) -> list[frozenset[str]]:
    """Return what a text names, each as the causes that it may mean."""
    return [causes for words, causes in WORDS.items() if re.search(words, text)]


def judge_words(evidence: Evidence, alerts: tuple[Alert, ...]) -> Iterator[Fault]:
    """Tell which texts name what was not met, and which name nothing."""
    for alert in alerts:
        if alert.name not in (BLOCKED, UNREAD):
            continue
        met = _met(evidence, alert)
        about = f"{alert.name} of {'/'.join(part for part in alert.of if part)}"
        for kind in ("summary", "description")[alert.name == UNREAD :]:
            causes = named(alert.annotations[kind])
            wrong = sorted("/".join(sorted(one)) for one in causes if not one & met)
            if wrong:
                said = f"says {', '.join(wrong)} where it was {', '.join(sorted(met))}"
                yield Fault(alert.minute, f"the {kind} of {about} {said}")
            if not causes:
                yield Fault(alert.minute, f"the {kind} of {about} names no cause")


def _met(evidence: Evidence, alert: Alert) -> frozenset[str]:
    """Return the causes that an alert may name.

    They are what the last requests met that a scrape has shown, of the account and of the job, and
    what the API's trouble was since: the exporter finds that out at its next request.
    """
    name, job_id = alert.of
    now = alert.minute * MINUTE
    account = next(one for one in evidence.run.world.accounts if one.name == name)
    shown = evidence.shown(0, alert.minute)
    seen = shown[-1] * SCRAPE - MARGIN if shown else 0.0
    requests = [one for one in evidence.run.requests if one.account == name and one.at <= seen]
    last = _last(requests)
    of_job = _last([one for one in requests if str(one.job_id) == job_id])
    met = {one.met for one in (*last, *of_job) if one.met}
    begin = min((one.at for one in last), default=0.0)
    paced = {"share"} if is_paced(account) else set()
    turn = {"turn"} if _has_changed(account, now) else set()
    return account.causes(begin, now) | met | paced | turn | _besides(evidence, last, seen, now)


def _has_changed(account: Account, now: float) -> bool:
    """Tell whether a trouble began or ended so lately that the exporter has yet to find out."""
    changes = (at for one in account.troubles for at in (one.begin, one.end))
    return any(now - FINDS_OUT < at <= now for at in changes)


def _besides(evidence: Evidence, last: list[Request], seen: float, now: float) -> set[str]:
    """Return what an alert may say where nothing is wrong with the API, or it was not asked yet."""
    starts = [end for _, end in evidence.run.world.away if end <= now]
    unasked = not last or any(min(last[-1].at, now - FINDS_OUT) < start for start in starts)
    turn = {"turn"} if unasked or any(one.met is None for one in last) else set()
    return turn | ({"away"} if seen < now - SCRAPE else set())


def _last(requests: list[Request]) -> list[Request]:
    return [one for one in requests if one.at > requests[-1].at - TOGETHER]
