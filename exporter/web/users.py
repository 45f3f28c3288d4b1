"""Users and their passwords: basic authentication against bcrypt hashes (RFC 7617).

bcrypt is slow on purpose, so

- it runs in threads, a few at once, and never in the event loop;
- its results are kept, 100 that were right and 100 that were wrong: a flood of wrong passwords
  neither drives out the right ones nor makes them wait. The toolkit keeps 100 of both together;
- one address may have a few checks waiting and no more: others need not wait for them all.

What is kept is a keyed hash of user, hash, password and whether there is such a user, with a key
of this process: the password itself stays nowhere. An unknown user is compared with a hash of some
other user, always of the same one, so that neither the time nor a second try says which names
there are.
"""

import asyncio
import binascii
import hashlib
import secrets
from base64 import b64decode
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from functools import partial

import bcrypt

from exporter.threads import in_daemon

AT_ONCE = 2
"""Checks that run at once."""

WAITING = 4
"""Checks that one address may have running or waiting."""

KEPT = 100
"""Results that are kept, of each kind."""

Credentials = tuple[str, bytes]


class TooManyChecks(Exception):  # noqa: N818  it is what happened, and an answer follows from it
    """An address has as many passwords waiting to be checked as it may."""


def credentials(authorization: str) -> Credentials | None:
    """Return user and password of an `Authorization` header; None when it has none."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(encoded.strip(), validate=True).partition(b":")
        return (user.decode(), password) if colon else None
    except (binascii.Error, ValueError):
        return None


class Passwords:
    """Checks passwords, and remembers what came of it."""

    def __init__(self, check: Callable[[bytes, bytes], bool] = bcrypt.checkpw) -> None:
        self._check = check
        self._key = secrets.token_bytes(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._wrong: OrderedDict[bytes, None] = OrderedDict()
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting: Counter[str] = Counter()

    async def are_right(self, given: Credentials, users: Mapping[str, str], address: str) -> bool:
        """Tell whether these are a user's. Raises TooManyChecks when that address asks too much."""
        user, password = given
        hashed = users[user] if user in users else self._decoy(user, users)
        known = b"known" if user in users else b""
        key = self._digest(known, user.encode(), hashed.encode(), password)
        for kept in (self._right, self._wrong):
            if key in kept:
                kept.move_to_end(key)
                return kept is self._right
        is_right = await self._slowly(password, hashed, address) and user in users
        kept = self._right if is_right else self._wrong
        kept[key] = None
        while len(kept) > KEPT:
            kept.popitem(last=False)
        return is_right

    async def _slowly(self, password: bytes, hashed: str, address: str) -> bool:
        if self._waiting[address] >= WAITING:
            raise TooManyChecks
        self._waiting[address] += 1
        try:
            async with self._turn:
                return await in_daemon(partial(self._check, password, hashed.encode()))
        except ValueError:
            return False  # bcrypt takes no more than 72 bytes
        finally:
            self._waiting[address] -= 1
            self._waiting += Counter()  # without those that have none

    def _decoy(self, user: str, users: Mapping[str, str]) -> str:
        """Return the hash of the user who stands for one that there is not."""
        number = int.from_bytes(self._digest(user.encode()), "big")
        return sorted(users.values())[number % len(users)]

    def _digest(self, *parts: bytes) -> bytes:
        digest = hashlib.blake2b(key=self._key, digest_size=32)
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.digest()
