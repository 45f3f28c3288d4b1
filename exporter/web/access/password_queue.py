"""Whose password is checked next: checks are slow, so two run at once and the others wait in turns.

Whoever attacks can make up names without end, knows the name of a good user perhaps, and may have
many addresses or share the good user's. So turns go round

- by name: each known user has a lane, and all names that there are not share one;
- within a lane by turns, to whoever has waited longest, and to the address that had its last turn
  longest ago. The first rule leaves nobody waiting for ever. By the second a new address comes
  before all that have tried; of several attempts from one address any may be chosen, so that a
  flood cannot push one of them back for certain.

Nobody is refused a turn: a connection waits with one request at a time, and the number of
connections is bounded. An attempt whose client has gone is dropped. Attempts with the same user and
password share one check.

Lanes must not say which names there are, where a known one gets its turn sooner. So a wrong
password is answered only when every attempt that came before it is over, and in that order: one try
takes as long with a known name as with another, and under load none is answered sooner. Not hidden
is how lanes share the time: who loads them himself, and compares over many rounds when each of his
attempts is answered, can find out which names have a lane of their own.
"""

import asyncio
import secrets
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from exporter.scrape.threads import in_daemon

AT_ONCE = 2
"""Checks that run at once."""

REMEMBERED = 1000
"""Addresses whose last turn is remembered."""


def _future() -> asyncio.Future[bool]:
    return asyncio.get_running_loop().create_future()


@dataclass(eq=False, slots=True)
class Attempt:
    """A request whose password has to be checked. Made in the event loop.

    `name` is None where there is no such user. `pair` stands for user and password. `answer` tells
    whether they are right, once that may be said. `has_gone` asks whether its client has gone:
    nobody says so while uvicorn does not read, since another request waits behind this one.
    """

    name: str | None
    address: str
    pair: bytes
    check: Callable[[], bool] = field(repr=False)
    has_gone: Callable[[], bool] = field(default=lambda: False, repr=False)
    answer: asyncio.Future[bool] = field(default_factory=_future)
    is_over: bool = False


Choose = Callable[[Sequence[Attempt]], Attempt]


class Turns:
    """Remembers whose turn it has been, and says whose it is."""

    def __init__(self, choose: Choose = secrets.choice) -> None:
        self._choose = choose
        self._turn = 0
        self._lanes: dict[str | None, int] = {}
        self._turns_of: Counter[str | None] = Counter()
        self._addresses: OrderedDict[tuple[str | None, str], int] = OrderedDict()

    def next(self, waiting: Sequence[Attempt]) -> Attempt:
        """Return whose turn it is of those that wait, given in the order in which they came."""
        name = min((one.name for one in waiting), key=lambda name: self._lanes.get(name, 0))
        lane = [one for one in waiting if one.name == name]
        self._turns_of[name] += 1
        chosen = lane[0] if self._turns_of[name] % 2 == 0 else self._by_address(lane)
        self._note(chosen)
        return chosen

    def _by_address(self, lane: Sequence[Attempt]) -> Attempt:
        last = [self._addresses.get((one.name, one.address), 0) for one in lane]
        longest_ago = min(last)
        return self._choose(
            [one for one, turn in zip(lane, last, strict=True) if turn == longest_ago]
        )

    def _note(self, chosen: Attempt) -> None:
        self._turn += 1
        self._lanes[chosen.name] = self._turn
        self._addresses[chosen.name, chosen.address] = self._turn
        self._addresses.move_to_end((chosen.name, chosen.address))
        if len(self._addresses) > REMEMBERED:
            self._addresses.popitem(last=False)


class Checks:
    """Runs checks in daemon threads, each in its turn. `keep` takes what came of a pair."""

    def __init__(
        self,
        keep: Callable[[bytes, bool], None],
        turns: Turns | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._keep = keep
        self._turns = turns or Turns()
        self._at_once = at_once
        self._running: set[bytes] = set()
        self._attempts: deque[Attempt] = deque()  # as they came, from the first that is not over

    async def are_right(self, attempt: Attempt, gone: asyncio.Future[None]) -> bool:
        """Tell what came of an attempt; False for one whose client has `gone` meanwhile."""
        self._attempts.append(attempt)
        self._go_on()
        try:
            await asyncio.wait((attempt.answer, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._end((attempt,), is_right=False)
        return attempt.answer.done() and attempt.answer.result()

    def _go_on(self) -> None:
        """Begin as many checks as may run."""
        while len(self._running) < self._at_once:
            self._end([one for one in self._attempts if one.has_gone()], is_right=False)
            waiting = [one for one in self._attempts if self._waits(one)]
            if not waiting:
                return
            chosen = self._turns.next(waiting)
            in_daemon(chosen.check).add_done_callback(partial(self._checked, chosen.pair))
            self._running.add(chosen.pair)

    def _waits(self, attempt: Attempt) -> bool:
        return not attempt.is_over and attempt.pair not in self._running

    def _checked(self, pair: bytes, check: asyncio.Future[bool]) -> None:
        """Note what came of a pair, for every attempt with it; a check that fails is no success."""
        self._running.discard(pair)
        is_right = False
        try:
            is_right = check.result()
            self._keep(pair, is_right)
        finally:
            self._end([one for one in self._attempts if one.pair == pair], is_right=is_right)
            self._go_on()

    def _end(self, attempts: Sequence[Attempt], *, is_right: bool) -> None:
        """Note what came of attempts that are not over, and say what may be said."""
        for one in attempts:
            if is_right and not one.is_over:
                one.answer.set_result(True)
            one.is_over = True
        while self._attempts and self._attempts[0].is_over:
            first = self._attempts.popleft()
            if not first.answer.done():
                first.answer.set_result(False)
