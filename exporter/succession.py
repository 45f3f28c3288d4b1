"""Which account of a new configuration is which of the old one. Pure.

The API's limits belong to the account, whatever a configuration calls it: an account that goes by
another name, or is found at another address, keeps what it has spent.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from exporter.secret import Secret


class Identity(NamedTuple):
    """What an account is known by."""

    name: str
    base_url: str
    key: Secret


_ALIKE: tuple[Callable[[Identity, Identity], bool], ...] = (
    lambda old, new: old == new,
    lambda old, new: (old.base_url, old.key) == (new.base_url, new.key),  # it was renamed
    lambda old, new: (old.name, old.base_url) == (new.name, new.base_url),  # it has a new key
    lambda old, new: old.key == new.key,  # it is found elsewhere
)
"""From what is certain to what is likely."""


def predecessors(new: Sequence[Identity], old: Sequence[Identity]) -> list[int | None]:
    """Return, for each new account, the index of the old one that it is; None: of none.

    Each of the old is one account's at most; of two that are as much alike, the first.
    """
    found: list[int | None] = [None] * len(new)
    left = dict(enumerate(old))
    for alike in _ALIKE:
        for index, account in enumerate(new):
            if found[index] is None:
                found[index] = next((i for i, one in left.items() if alike(one, account)), None)
                left.pop(found[index], None)  # type: ignore[arg-type]
    return found
