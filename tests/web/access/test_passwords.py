"""Whose password is right, and what a flood of wrong ones costs the others."""

import asyncio
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping

import bcrypt
import pytest

from exporter.web.access.password_queue import AT_ONCE
from exporter.web.access.passwords import KEPT, Passwords, credentials
from tests.support.asgi import somebody
from tests.support.program import PATIENCE

USERS = {
    "prometheus": bcrypt.hashpw(b"right", bcrypt.gensalt(4)).decode(),
    "zoë": bcrypt.hashpw("schlüssel".encode(), bcrypt.gensalt(4)).decode(),
}


class Check:
    """A check in place of bcrypt's: counts its calls, and can hold them."""

    def __init__(self) -> None:
        self.hashes: list[bytes] = []
        self.passwords: list[bytes] = []
        self.most = 0
        self._running = self._admitted = 0
        self._held = False
        self._changed = threading.Condition()

    def __call__(self, password: bytes, hashed: bytes) -> bool:
        with self._changed:
            self.hashes.append(hashed)
            self.passwords.append(password)
            self._running += 1
            self.most = max(self.most, self._running)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: not self._held or self._admitted, PATIENCE)
            self._admitted = max(0, self._admitted - 1)
            self._running -= 1
        return password == b"right"

    def hold(self) -> None:
        """Let no check end that is not admitted."""
        self._held = True

    def let_go(self) -> None:
        """Let all checks end."""
        with self._changed:
            self._held = False
            self._changed.notify_all()

    async def begun(self, count: int) -> None:
        """Wait until so many checks have begun."""
        await asyncio.to_thread(self._wait_for, count)

    async def admit_one(self) -> None:
        """Let one check end, and wait until the next has begun."""
        with self._changed:
            count = len(self.passwords)
            self._admitted += 1
            self._changed.notify_all()
        await self.begun(count + 1)

    def _wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.passwords) >= count, PATIENCE)


@pytest.fixture
def check() -> Check:
    return Check()


@pytest.fixture
def passwords(check: Check) -> Passwords:
    return Passwords(check)


def tried(
    passwords: Passwords, *attempts: tuple[str, bytes], users: Mapping[str, str] = USERS
) -> list[bool]:
    async def one_after_the_other() -> list[bool]:
        return [await check_of(passwords, *one, users=users) for one in attempts]

    return asyncio.run(one_after_the_other())


async def check_of(
    passwords: Passwords,
    user: str,
    password: bytes,
    address: str = "10.0.0.1",
    users: Mapping[str, str] = USERS,
) -> bool:
    """Return the result of an attempt whose client stays."""
    return await passwords.are_right((user, password), users, address, somebody())


def header(text: bytes, scheme: str = "Basic") -> str:
    return f"{scheme} {b64encode(text).decode()}"


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        pytest.param(header(b"me:pass"), ("me", b"pass"), id="user and password"),
        pytest.param(header(b"me:pass", "bASIC"), ("me", b"pass"), id="a scheme in other letters"),
        pytest.param(header(b"me:a:b"), ("me", b"a:b"), id="a password with a colon"),
        pytest.param(header(b":"), ("", b""), id="neither user nor password"),
        pytest.param(header("zoë:ü".encode()), ("zoë", "ü".encode()), id="UTF-8"),
        pytest.param(header(b"me:\xff\x00"), ("me", b"\xff\x00"), id="a password of bytes"),
        pytest.param(header(b"\xff:x"), None, id="a user of bytes"),
        pytest.param(header(b"me"), None, id="no colon"),
        pytest.param("Basic", None, id="no credentials"),
        pytest.param("Basic !!!", None, id="no base64"),
        pytest.param("Basic YQ", None, id="base64 that is cut off"),
        pytest.param("Basic \xff", None, id="credentials outside ASCII"),
        pytest.param(header(b"me:pass", "Bearer"), None, id="another scheme"),
        pytest.param("", None, id="no header"),
    ],
)
def test_a_header_has_a_user_and_a_password_or_none(
    authorization: str, expected: tuple[str, bytes] | None
) -> None:
    assert credentials(authorization) == expected


@pytest.mark.parametrize(
    ("user", "password", "expected"),
    [
        pytest.param("prometheus", b"right", True, id="the right password"),
        pytest.param("zoë", "schlüssel".encode(), True, id="a password in UTF-8"),
        pytest.param("prometheus", b"wrong", False, id="a wrong password"),
        pytest.param("prometheus", "schlüssel".encode(), False, id="another user's password"),
        pytest.param("prometheus", b"", False, id="no password"),
        pytest.param("prometheus", b"right\0", False, id="a zero at the end"),
        pytest.param("prometheus", b"x" * 73, False, id="more than bcrypt takes"),
        pytest.param("Prometheus", b"right", False, id="another user"),
        pytest.param("nobody", b"right", False, id="an unknown user"),
        pytest.param("", b"", False, id="nobody"),
    ],
)
def test_only_a_user_with_his_password_comes_in(user: str, password: bytes, expected: bool) -> None:
    assert tried(Passwords(), *[(user, password)] * 2) == [expected] * 2


def test_an_unknown_user_never_comes_in_with_the_password_of_the_one_who_stands_for_him(
    passwords: Passwords,
) -> None:
    assert tried(passwords, *[(f"user {number}", b"right") for number in range(20)]) == [False] * 20


def test_an_unknown_user_costs_a_check_of_a_real_hash_always_the_same(
    check: Check, passwords: Passwords
) -> None:
    tried(passwords, ("nobody", b"1"), ("nobody", b"2"), ("nobody", b"3"))
    assert len(check.hashes) == 3
    assert len(set(check.hashes)) == 1
    assert check.hashes[0].decode() in USERS.values()


def test_a_result_is_kept_whatever_it_was(check: Check, passwords: Passwords) -> None:
    attempts = [("prometheus", b"right"), ("prometheus", b"wrong"), ("nobody", b"right")]
    assert tried(passwords, *attempts, *attempts) == [True, False, False] * 2
    assert len(check.hashes) == 3


def test_a_changed_hash_is_checked_anew(check: Check, passwords: Passwords) -> None:
    tried(passwords, ("prometheus", b"right"))
    changed = {"prometheus": USERS["zoë"]}
    tried(passwords, ("prometheus", b"right"), users=changed)
    assert check.hashes == [USERS["prometheus"].encode(), USERS["zoë"].encode()]


def test_a_user_who_is_renamed_comes_in_by_the_new_name_only(passwords: Passwords) -> None:
    attempts = [(name, b"right") for name in ("old", "new")]
    assert tried(passwords, *attempts, users={"old": USERS["prometheus"]}) == [True, False]
    assert tried(passwords, *attempts, users={"new": USERS["prometheus"]}) == [False, True]


def test_what_is_kept_of_one_user_is_never_taken_for_another_one(passwords: Passwords) -> None:
    hashed = USERS["prometheus"]
    users = {"me": hashed, f"me{hashed}": hashed}
    attempts = [(f"me{hashed}", b"right"), ("me", hashed.encode() + b"right")]
    assert tried(passwords, *attempts, users=users) == [True, False]


def test_the_result_that_was_needed_last_is_kept_the_longest(
    check: Check, passwords: Passwords
) -> None:
    users = {str(number): USERS["prometheus"] for number in range(KEPT + 1)}
    *others, last = [(name, b"right") for name in users]
    assert all(tried(passwords, *others, others[0], last, others[0], users=users))
    assert len(check.hashes) == KEPT + 1


def test_no_address_is_kept_after_its_checks(passwords: Passwords) -> None:
    tried(passwords, ("prometheus", b"right"), ("prometheus", b"wrong"))
    assert "10.0.0.1" not in repr(vars(passwords))


def test_a_flood_of_wrong_passwords_does_not_drive_out_the_right_one(
    check: Check, passwords: Passwords
) -> None:
    wrong = [("prometheus", str(number).encode()) for number in range(KEPT + 1)]
    tried(passwords, ("prometheus", b"right"), *wrong)
    before = len(check.hashes)
    assert tried(passwords, ("prometheus", b"right"), wrong[-1], wrong[0]) == [True, False, False]
    assert len(check.hashes) == before + 1, "only the oldest wrong one was forgotten"


def test_a_flood_of_wrong_passwords_makes_a_known_right_one_wait_for_nothing(
    check: Check, passwords: Passwords
) -> None:
    async def flood() -> tuple[bool, list[bool]]:
        await check_of(passwords, "prometheus", b"right", "10.0.0.2")
        check.hold()
        wrong = [
            asyncio.create_task(check_of(passwords, "prometheus", str(number).encode()))
            for number in range(8)
        ]
        await check.begun(1 + AT_ONCE)
        known = await check_of(passwords, "prometheus", b"right", "10.0.0.2")
        check.let_go()
        return known, await asyncio.gather(*wrong)

    assert asyncio.run(flood()) == (True, [False] * 8)
    assert check.most == AT_ONCE


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(lambda _: "10.0.0.1", id="the same address"),
        pytest.param(lambda number: f"10.0.1.{number}", id="others"),
    ],
)
def test_a_user_who_is_not_known_yet_has_the_next_turn_during_a_flood_of_names(
    check: Check, passwords: Passwords, address: Callable[[int], str]
) -> None:
    async def flood() -> bool:
        check.hold()
        wrong = [
            asyncio.create_task(
                check_of(passwords, f"user {number}", str(number).encode(), address(number))
            )
            for number in range(200)
        ]
        right = asyncio.create_task(check_of(passwords, "prometheus", b"right"))
        await check.begun(AT_ONCE)
        for _ in range(2):
            await check.admit_one()
        had_a_turn = b"right" in check.passwords
        check.let_go()
        assert not any(await asyncio.gather(*wrong))
        return had_a_turn and await right

    assert asyncio.run(flood())


def test_no_password_is_kept(passwords: Passwords) -> None:
    tried(passwords, ("prometheus", b"right"), ("prometheus", b"hunter2-of-mine"))
    kept = repr(vars(passwords))
    assert "hunter2" not in kept
    assert "right'" not in kept.replace("_right'", "")
