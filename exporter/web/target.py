"""The target of a probe: one job of one account."""

import re
from collections.abc import Collection

from starlette.datastructures import QueryParams

_LARGEST = 2**63 - 1


def target_of(query: QueryParams, accounts: Collection[str]) -> tuple[str, int]:
    """Return the account and the job id of `target=ID&account=NAME`.

    The account may be left out if there is only one. Raises ValueError naming the parameter and
    what was expected.
    """
    target = _one(query, "target")
    if not re.fullmatch(r"[1-9][0-9]{0,18}", target or "") or int(target or 0) > _LARGEST:
        message = "target: expected the id of a job, a positive integer"
        raise ValueError(message)
    account = _one(query, "account")
    if account is None and "account" not in query and len(accounts) == 1:
        (account,) = accounts
    if account not in accounts:
        message = "account: expected the name of an account of the configuration"
        raise ValueError(message)
    return str(account), int(target or 0)


def _one(query: QueryParams, name: str) -> str | None:
    """Return the value of a parameter, or None unless it is given exactly once."""
    values = query.getlist(name)
    return values[0] if len(values) == 1 else None
