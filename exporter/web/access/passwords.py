"""Users and their passwords: basic authentication against bcrypt hashes (RFC 7617).

bcrypt is slow on purpose, so results are kept, 100 that were right and 100 that were wrong: a flood
of wrong passwords neither drives out the right ones nor makes them wait. The toolkit keeps 100 of
both together. What was not checked before waits for its turn (`checks`).

What is kept is a keyed hash of user, hash, password and whether there is such a user, with a key
of this process: the password itself stays nowhere. An unknown user is compared with a hash of some
other user, always of the same one, so that neither the time nor a second try says which names
there are.
"""

import binascii
import hashlib
import secrets
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial

import bcrypt

from exporter.web.access.password_queue import Attempt, Checks, Turns
from exporter.web.access.peer import Peer

KEPT = 100
"""Results that are kept, of each kind."""

Credentials = tuple[str, bytes]


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

    def __init__(
        self, check: Callable[[bytes, bytes], bool] = bcrypt.checkpw, turns: Turns | None = None
    ) -> None:
        self._check = check
        self._key = secrets.token_bytes(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._wrong: OrderedDict[bytes, None] = OrderedDict()
        self._checks = Checks(self._keep, turns)

    async def are_right(
        self, given: Credentials, users: Mapping[str, str], address: str, peer: Peer
    ) -> bool:
        """Tell whether these are a user's; False once the client at that address has gone."""
        user, password = given
        name = user if user in users else None
        hashed = self._decoy(user, users) if name is None else users[name]
        known = b"" if name is None else b"known"
        pair = self._digest(known, user.encode(), hashed.encode(), password)
        for kept in (self._right, self._wrong):
            if pair in kept:
                kept.move_to_end(pair)
                return kept is self._right
        check = partial(self._matches, password, hashed, is_known=name is not None)
        attempt = Attempt(name, address, pair, check, peer.is_lost)
        return await self._checks.are_right(attempt, peer.gone)

    def _matches(self, password: bytes, hashed: str, *, is_known: bool) -> bool:
        try:
            return self._check(password, hashed.encode()) and is_known
        except ValueError:
            return False  # bcrypt takes no more than 72 bytes

    def _keep(self, pair: bytes, is_right: bool) -> None:  # noqa: FBT001  a callback
        kept = self._right if is_right else self._wrong
        kept[pair] = None
        while len(kept) > KEPT:
            kept.popitem(last=False)

    def _decoy(self, user: str, users: Mapping[str, str]) -> str:
        """Return the hash of the user who stands for one that there is not."""
        number = int.from_bytes(self._digest(user.encode()), "big")
        return sorted(users.values())[number % len(users)]

    def _digest(self, *parts: bytes) -> bytes:
        digest = hashlib.blake2b(key=self._key, digest_size=32)
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.digest()
