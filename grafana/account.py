"""What is said of an account, as expressions with a value for each.

Where no exporter shows an account any more, what is said is what was last known.
"""

from collections.abc import Mapping

from grafana import looks
from grafana.known import LOST_ACCOUNTS, of_accounts
from grafana.promql import equals

CAUSES: Mapping[str, tuple[str, str]] = {
    "share": ("share spent", looks.LATE),
    "reserve": ("reserve reached", looks.BAD),
    "rate_limited": ("429", looks.BAD),
    "unreachable": ("unreachable", looks.BAD),
    "key": ("key refused", looks.BAD),
}
"""The word and the colour of what stops all reads of an account, the least of it first."""

_DOWN = 1.5
"""Worse than a share that is spent, which is as configured, and better than any other cause."""

API_WORDS: Mapping[str, tuple[str, str]] = {
    "0": ("up", looks.GOOD),
    **{str(number): word for number, word in enumerate(CAUSES.values(), 1)},
    str(_DOWN): ("down", looks.BAD),
}
"""The word and the colour of each value of `api`."""


def by_account(expression: str, *labels: str, which: str = "min") -> str:
    """Return the least, or else the `max` or `group`, of the exporters' values of an account."""
    return f"{which} by ({', '.join(('account', *labels))}) ({expression})"


def api() -> str:
    """Return what stops reads of each account, the place of the cause in CAUSES; 0 if nothing.

    An API that is down without a cause, which is known before the cause is, is _DOWN.
    """
    causes = (
        f"{number} * {of_accounts('fusebill_api_blocked', equals('cause', cause))}"
        for number, cause in enumerate(CAUSES, 1)
    )
    down = f"{_DOWN} * (1 - {of_accounts('fusebill_up')})"
    return by_account(" or ".join((*causes, down)), which="max")


def quota_left() -> str:
    """Return the percentage of the day's requests that each account has left."""
    left, limit = (
        of_accounts(name, equals("window", "day"))
        for name in ("fusebill_api_rate_limit_remaining", "fusebill_api_rate_limit")
    )
    return f"100 * {by_account(f'{left} / ({limit} > 0)')}"


def blocked_until() -> str:
    """Return until when reads of each account are stopped, if it is known, in Unix seconds."""
    until = by_account(of_accounts("fusebill_api_blocked_until_timestamp_seconds"), which="max")
    return f"{until} > time()"


def last_answers() -> str:
    """Return when the API last gave a good answer of each account, in Unix seconds."""
    return by_account(of_accounts("fusebill_api_last_answer_timestamp_seconds"), which="max")


def last_known() -> str:
    """Return a value for each account of which only what was last known is said, by `known`."""
    lost = by_account(LOST_ACCOUNTS, which="group")
    return f'label_replace({lost}, "known", "last known", "", "")'
