"""The heading of an account: that its API is up, or what stops its reads. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from exporter.jobs.snapshot import AccountView
from exporter.quota.block import Cause
from exporter.web.page.words import ratio

GOOD, CALM, WRONG, UNKNOWN = "succeeded", "running", "failed", "pending"
"""The colours of the word in a heading: those of the states with these names."""


class Heading(NamedTuple):
    """A word in the colour of `tone`, and why no job is read.

    `trouble` is what is wrong with the API, in the words of the last failure, and `limit` the limit
    that is reached. At most one of them is there.
    """

    word: str
    tone: str
    trouble: str = ""
    limit: str = ""


def heading(account: AccountView) -> Heading:
    """Return the heading of an account."""
    if account.block is None:
        return Heading("not asked yet", UNKNOWN) if account.up is None else Heading("up", GOOD)
    cause = account.block.cause
    if cause in _TROUBLES:
        word, trouble = _TROUBLES[cause]
        return Heading(word, WRONG, trouble=account.trouble or trouble)
    word, limit = _limit(account, cause)
    return Heading(word, CALM if cause is Cause.SHARE else WRONG, limit=limit)


_TROUBLES: Mapping[Cause, tuple[str, str]] = {
    Cause.KEY: ("key refused", "the API refuses the key"),
    Cause.UNREACHABLE: ("down", "the API cannot be reached"),
}
"""The word for each trouble with the API, and what is wrong where no failure says more."""


def _limit(account: AccountView, cause: Cause) -> tuple[str, str]:
    """Return the word for a limit that is reached, and what it means."""
    if cause is Cause.SHARE:
        share = ratio(account.share)
        return "share spent", f"the share of {share} of the requests allows no read before"
    if cause is Cause.RATE_LIMITED:
        return "rate limited", "the API refuses further requests (429)"
    reserve = ratio(account.reserve)
    return "reserve reached", f"no more than the reserve of {reserve} of the requests is left"
