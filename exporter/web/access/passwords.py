"""Users and their passwords: basic authentication (RFC 7617) against bcrypt hashes.

bcrypt is slow on purpose, so results are kept: 100 right passwords and 100 wrong ones. So a flood
of wrong passwords neither evicts the right ones nor delays them; the toolkit keeps 100 of both
together. A password without a kept result waits for its turn in `password_queue`.

A result is kept under a digest of the user, the bcrypt hash, the password, and whether the user is
known. The digest is keyed with a random key of this process. The password itself is not stored.

The password of an unknown user is checked against the hash of a known user, the same one for each
name. So neither the time of a check nor a second attempt reveals which names exist.
"""

import binascii
import hashlib
import secrets
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial

import bcrypt

from exporter.web.access.password_queue import LoginAttempt, PasswordQueue
from exporter.web.access.peer import Peer

KEPT = 100
"""Most right passwords whose results are kept, and most wrong ones."""

Credentials = tuple[str, bytes]
"""A user's name and a password."""


def credentials(authorization: str) -> Credentials | None:
    """Return the credentials in an `Authorization` header, None if it is not valid HTTP Basic."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(encoded.strip(), validate=True).partition(b":")
        return (user.decode(), password) if colon else None
    except (binascii.Error, ValueError):
        return None


class Passwords:
    """Checks passwords, and keeps the latest results."""

    def __init__(self, check: Callable[[bytes, bytes], bool] = bcrypt.checkpw) -> None:
        self._check = check
        self._key = secrets.token_bytes(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._wrong: OrderedDict[bytes, None] = OrderedDict()
        self._queue = PasswordQueue(self._keep)

    async def are_right(
        self, given: Credentials, users: Mapping[str, str], address: str, peer: Peer
    ) -> bool:
        """Tell whether the credentials are those of a user. Return False when the client has gone.

        `users` maps names to bcrypt hashes; `address` is the client's.
        """
        user, password = given
        name = user if user in users else None
        hashed = self._decoy(user, users) if name is None else users[name]
        known = b"" if name is None else b"known"
        digest = self._digest(known, user.encode(), hashed.encode(), password)
        for kept in (self._right, self._wrong):
            if digest in kept:
                kept.move_to_end(digest)
                return kept is self._right
        check = partial(self._matches, password, hashed, is_known=name is not None)
        attempt = LoginAttempt(name, address, digest, check, peer.is_gone)
        return await self._queue.is_right(attempt, peer.gone)

    def _matches(self, password: bytes, hashed: str, *, is_known: bool) -> bool:
        try:
            return self._check(password, hashed.encode()) and is_known
        except ValueError:
            return False  # bcrypt takes no more than 72 bytes

    def _keep(self, digest: bytes, is_right: bool) -> None:  # noqa: FBT001  a callback
        kept = self._right if is_right else self._wrong
        kept[digest] = None
        while len(kept) > KEPT:
            kept.popitem(last=False)

    def _decoy(self, user: str, users: Mapping[str, str]) -> str:
        """Return the hash to check the password of an unknown user against."""
        number = int.from_bytes(self._digest(user.encode()), "big")
        return sorted(users.values())[number % len(users)]

    def _digest(self, *parts: bytes) -> bytes:
        digest = hashlib.blake2b(key=self._key, digest_size=32)
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.digest()
