"""The heading of an account: it says that the API is up, or why no job is read. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from exporter.jobs.snapshot import AccountView
from exporter.quota.block import Cause
from exporter.web.page.words import ratio

GOOD, CALM, WRONG, UNKNOWN = "succeeded", "running", "failed", "pending"
"""The colours of a heading's word. Each is the colour of the state with this name."""


class Heading(NamedTuple):
    """A word in the colour of `tone`, and why no job is read.

    `trouble` says what is wrong with the API, in the words of the last failure. `limit` says which
    limit is reached. At most one of the two is set.
    """

    word: str
    tone: str
    trouble: str = ""
    limit: str = ""

    @property
    def needs_a_person(self) -> bool:
        """Whether a person has to do something, so that jobs are read again."""
        return self.tone == WRONG


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
    Cause.UNREACHABLE: ("down", "the API is down, or asks to wait"),
}
"""For each trouble with the API, its word, and the sentence to show if no failure says more."""


def _limit(account: AccountView, cause: Cause) -> tuple[str, str]:
    """Return the word for a limit that is reached, and a sentence that explains it."""
    if cause is Cause.SHARE:
        share = ratio(account.share)
        return "share spent", f"the share of {share} of the requests allows no read before"
    if cause is Cause.RATE_LIMITED:
        return "rate limited", "the API refuses further requests (429)"
    reserve = ratio(account.reserve)
    return "reserve reached", f"no more than the reserve of {reserve} of the requests is left"
