"""What the heading of an account says: that its API is up, or what stops its reads. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from exporter.jobs.snapshot import AccountView
from exporter.quota.block import OF_THE_API, Block, Cause
from exporter.web.page.words import ratio

GOOD, CALM, WRONG, UNKNOWN = "succeeded", "running", "failed", "pending"
"""How a word is coloured: as the state of a job by that name."""


class Said(NamedTuple):
    """One thing that the heading says: a word in its `tone`, since when, and what that means.

    What it means is told around two things that are not ours: `trouble`, the words of the last
    failure, and `until`, when the next read may be made. It reads `first`, trouble, `then`, until,
    `last`. Times are Unix seconds, None where there is none to tell.
    """

    word: str
    tone: str
    since: float | None = None
    first: str = ""
    trouble: str = ""
    then: str = ""
    until: float | None = None
    last: str = ""


def heading(account: AccountView) -> Said:
    """Return what an account's heading says."""
    block = account.block
    if block is not None:
        said = _trouble if block.cause in OF_THE_API else _quota
        return said(account, block)
    if account.up is None:
        return Said("not asked yet", UNKNOWN)
    return Said("up", GOOD, first="The API answers and accepts the key.")


_TROUBLES: Mapping[Cause, tuple[str, str]] = {
    Cause.KEY: ("key refused", "the API refuses the key"),
    Cause.UNREACHABLE: ("down", "the API cannot be reached"),
}
"""The word for each trouble of the API's, and what is wrong where no failure tells more."""


def _trouble(account: AccountView, block: Block) -> Said:
    """Say that the API cannot be used, and when it is asked again."""
    word, wrong = _TROUBLES[block.cause]
    trouble = account.trouble or wrong
    if block.until is None:
        then, last = ". The next scrape asks the API again.", ""
    else:
        then, last = ". The API is asked again at ", "."
    return Said(word, WRONG, block.since, "No job can be read: ", trouble, then, block.until, last)


def _quota(account: AccountView, block: Block) -> Said:
    """Say which limit stops the reads. Only a share that is spent is as it is meant to be."""
    then = "" if block.until is None else " until "
    word, why = _limit(account, block.cause)
    tone = CALM if block.cause is Cause.SHARE else WRONG
    last = f": {why}."
    return Said(word, tone, block.since, "No job is read", "", then, block.until, last)


def _limit(account: AccountView, cause: Cause) -> tuple[str, str]:
    """Return the word for a limit that is reached, and what that means."""
    if cause is Cause.SHARE:
        share = ratio(account.share)
        return "share spent", f"the share of {share} of the requests allows no read before"
    if cause is Cause.RATE_LIMITED:
        return "rate limited", "the API refuses further requests (429)"
    reserve = ratio(account.reserve)
    return "reserve reached", f"no more than the reserve of {reserve} of the requests is left"
