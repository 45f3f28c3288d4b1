"""Which password is checked next, whoever else tries, and which is not checked at all."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence

import pytest

from exporter.web.access.password_queue import REMEMBERED, LoginAttempt, PasswordQueue, Scheduler
from tests.support.program import PATIENCE

GOOD = "prometheus"
HERE = "10.0.0.1"


def always(_digest: bytes) -> bool:
    return True


def attempt(
    name: str | None = GOOD,
    address: str = HERE,
    digest: bytes = b"",
    check: Callable[[bytes], bool] = always,
) -> LoginAttempt:
    return LoginAttempt(name, address, digest, lambda: check(digest))


def newest(attempts: Sequence[LoginAttempt]) -> LoginAttempt:
    """Choose the worst for an attempt that has waited."""
    return attempts[-1]


def run_in_loop(test: Callable[[], None]) -> None:
    """Run a test in an event loop, in which attempts live."""

    async def run() -> None:
        test()

    asyncio.run(run())


def turns_until(
    scheduler: Scheduler,
    mine: LoginAttempt,
    others: Iterable[LoginAttempt],
    anew: Callable[[LoginAttempt], LoginAttempt] = lambda one: one,
) -> int:
    """Return how many turns pass until `mine` has one; each other attempt then comes `anew`."""
    waiting = [*others, mine]
    for number in range(1, 1000):
        chosen = scheduler.next(waiting)
        if chosen is mine:
            return number
        waiting.remove(chosen)
        waiting.append(anew(chosen))
    return 1000


def has_gone_round(scheduler: Scheduler, attempts: Iterable[LoginAttempt]) -> None:
    """Give each attempt one turn."""
    waiting = list(attempts)
    while waiting:
        waiting.remove(scheduler.next(waiting))


@pytest.mark.parametrize("addresses", [1, 60])
def test_a_known_name_has_its_turn_at_once_however_many_try_names_that_there_are_not(
    addresses: int,
) -> None:
    def test() -> None:
        scheduler = Scheduler(newest)
        strangers = [attempt(None, f"10.0.0.{number % addresses}") for number in range(500)]
        assert scheduler.next(strangers) in strangers
        assert turns_until(scheduler, attempt(), strangers) == 1

    run_in_loop(test)


def test_names_have_their_turns_one_after_the_other() -> None:
    def test() -> None:
        scheduler = Scheduler(newest)
        waiting = [attempt(name) for name in ("a", "a", "b", "b", None, None)]
        names = []
        while waiting:
            chosen = scheduler.next(waiting)
            waiting.remove(chosen)
            names.append(chosen.name)
        assert names == ["a", "b", None, "a", "b", None]

    run_in_loop(test)


def test_an_address_has_its_turn_before_those_that_have_had_theirs() -> None:
    def test() -> None:
        scheduler = Scheduler(lambda attempts: attempts[0])
        others = [attempt(address=f"10.0.1.{number}") for number in range(60)]
        has_gone_round(scheduler, others)
        assert turns_until(scheduler, attempt(), others) <= 2

    run_in_loop(test)


def test_one_of_many_from_its_own_address_has_a_turn_after_each_other_had_two() -> None:
    def test() -> None:
        others = [attempt() for _ in range(12)]
        assert turns_until(Scheduler(newest), attempt(), others, lambda _: attempt()) <= 2 * 13

    run_in_loop(test)


def test_one_of_many_from_its_own_address_may_have_any_turn() -> None:
    def test() -> None:
        offered: list[Sequence[LoginAttempt]] = []

        def choose(attempts: Sequence[LoginAttempt]) -> LoginAttempt:
            offered.append(attempts)
            return attempts[0]

        mine = attempt()
        Scheduler(choose).next([mine, *(attempt() for _ in range(511))])
        assert mine in offered[0], "no flood of newer ones takes the chance away"

    run_in_loop(test)


def test_ever_new_addresses_keep_nobody_from_his_turn() -> None:
    def test() -> None:
        scheduler = Scheduler(newest)
        has_gone_round(scheduler, [attempt()])
        numbers = iter(range(10_000))
        others = [attempt(address=f"new {next(numbers)}") for _ in range(12)]
        taken = turns_until(
            scheduler, attempt(), others, lambda _: attempt(address=f"new {next(numbers)}")
        )
        assert taken <= 2 * 13

    run_in_loop(test)


def test_few_addresses_are_remembered() -> None:
    def test() -> None:
        scheduler = Scheduler(newest)
        has_gone_round(
            scheduler, [attempt(address=f"{number}") for number in range(REMEMBERED + 1)]
        )
        assert repr(vars(scheduler)).count("'prometheus', '") == REMEMBERED

    run_in_loop(test)


class Held:
    """A check that waits until it may end. The digest says how it ends."""

    def __init__(self) -> None:
        self.began: list[bytes] = []
        self.busy = threading.Event()
        self.may_end = threading.Event()

    def __call__(self, digest: bytes) -> bool:
        self.began.append(digest)
        self.busy.set()
        assert self.may_end.wait(PATIENCE)
        if digest == b"fails":
            raise RuntimeError
        return digest == b"right"


class Waiting:
    """Attempts in a queue that runs one check at a time, held until it may end."""

    def __init__(self) -> None:
        self.held = Held()
        self.kept: dict[bytes, bool] = {}
        self.answered: list[bytes] = []
        self.queue = PasswordQueue(self.kept.__setitem__, Scheduler(newest), at_once=1)

    async def try_(self, *attempts: tuple[str | None, bytes]) -> None:
        """Make attempts, each from its own address; the check of the first one then runs."""
        self.gone = [asyncio.get_running_loop().create_future() for _ in attempts]
        self.tasks = [
            asyncio.create_task(self._one(name, str(number), digest, self.gone[number]))
            for number, (name, digest) in enumerate(attempts)
        ]
        await asyncio.to_thread(self.held.busy.wait, PATIENCE)

    async def _one(
        self, name: str | None, address: str, digest: bytes, gone: asyncio.Future[None]
    ) -> bool:
        made = attempt(name, address, digest, self.held)
        result = await self.queue.is_right(made, gone)
        self.answered.append(digest)
        return result

    async def results(self) -> list[bool]:
        """Let the checks end, and return the results."""
        self.held.may_end.set()
        async with asyncio.timeout(PATIENCE):
            return await asyncio.gather(*self.tasks)


def test_the_same_user_and_password_are_checked_once() -> None:
    async def test() -> None:
        waiting = Waiting()
        await waiting.try_((GOOD, b"right"), (GOOD, b"wrong"), (GOOD, b"right"), (GOOD, b"wrong"))
        assert await waiting.results() == [True, False, True, False]
        assert waiting.held.began == [b"right", b"wrong"]

    asyncio.run(test())


def test_an_attempt_whose_client_has_gone_is_not_checked() -> None:
    async def test() -> None:
        waiting = Waiting()
        await waiting.try_((None, b"first"), (None, b"second"), (GOOD, b"gone"))
        waiting.gone[2].set_result(None)
        assert await waiting.tasks[2] is False
        assert await waiting.results() == [False, False, False]
        assert waiting.held.began == [b"first", b"second"]

    asyncio.run(test())


def test_an_attempt_is_not_checked_when_the_system_knows_that_its_client_has_gone() -> None:
    async def test() -> None:
        waiting = Waiting()
        await waiting.try_((None, b"first"), (GOOD, b"second"))
        lost = attempt(GOOD, HERE, b"lost", waiting.held)
        lost.is_gone = lambda: True
        stays = asyncio.get_running_loop().create_future()
        asked = asyncio.create_task(waiting.queue.is_right(lost, stays))
        assert await waiting.results() == [False, False]
        assert await asked is False
        assert waiting.held.began == [b"first", b"second"]

    asyncio.run(test())


def test_what_came_of_a_check_is_kept_though_its_client_has_gone() -> None:
    async def test() -> None:
        waiting = Waiting()
        await waiting.try_((GOOD, b"right"), (GOOD, b"wrong"))
        waiting.gone[0].set_result(None)
        assert await waiting.tasks[0] is False
        await waiting.results()
        assert waiting.kept == {b"right": True, b"wrong": False}

    asyncio.run(test())


def test_a_request_that_is_cancelled_keeps_nobody_waiting() -> None:
    async def test() -> None:
        waiting = Waiting()
        await waiting.try_((GOOD, b"first"), (GOOD, b"cancelled"), (GOOD, b"wrong"))
        waiting.tasks.pop(1).cancel()
        assert await waiting.results() == [False, False]
        assert waiting.held.began == [b"first", b"wrong"]

    asyncio.run(test())


def test_a_wrong_password_is_refused_after_all_that_came_before_it_whatever_its_name() -> None:
    async def test() -> None:
        waiting = Waiting()
        strangers = [(None, b"1"), (None, b"2"), (None, b"3")]
        await waiting.try_(*strangers, (GOOD, b"wrong"))
        await waiting.results()
        assert waiting.held.began.index(b"wrong") == 1, "its lane has the next turn"
        assert waiting.answered[-1] == b"wrong"

    asyncio.run(test())


def test_the_right_password_waits_for_no_refusal() -> None:
    async def test() -> None:
        waiting = Waiting()
        await waiting.try_((None, b"1"), (None, b"2"), (None, b"3"), (GOOD, b"right"))
        await waiting.results()
        assert waiting.answered[:2] == [b"1", b"right"]

    asyncio.run(test())


def test_a_check_that_fails_lets_nobody_in_and_the_others_have_their_turns() -> None:
    async def test() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        waiting = Waiting()
        await waiting.try_((GOOD, b"fails"), (GOOD, b"right"))
        assert await waiting.results() == [False, True]
        assert waiting.kept == {b"right": True}

    asyncio.run(test())
