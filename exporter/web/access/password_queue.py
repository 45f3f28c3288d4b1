"""The order in which passwords are checked: a check is slow, so two run at once and others wait.

An attacker can make up endless names, may know the name of a real user, and may have many addresses
or share the real user's address. So attempts take turns

- by name: each known user has a lane, and all unknown names share one;
- within a lane, by two rules in alternation. One turn goes to the attempt that has waited longest,
  so that nobody waits for ever. The next goes to the address whose last turn is longest ago, so
  that a new address comes before all others. Among several attempts from that address it picks one
  at random, so that a flood cannot reliably push one of them back.

No attempt is refused: a connection waits with one request at a time, and the number of connections
is bounded. An attempt is dropped once its client has gone. Attempts with the same user and password
share one check.

Lanes must not reveal which names exist by serving a known name sooner. So a wrong password is
answered only when every earlier attempt is over, in the order of arrival. A single attempt takes
the same time for known and unknown names, and under load neither is answered sooner. The shares of
the lanes stay visible: an attacker who loads the lanes, and compares over many rounds when each
attempt is answered, can find out which names have their own lane.
"""

import asyncio
import secrets
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from exporter.scrape.threads import in_daemon

AT_ONCE = 2
"""Most checks that run at once."""

REMEMBERED = 1000
"""Most addresses whose last turn is remembered."""


def _future() -> asyncio.Future[bool]:
    return asyncio.get_running_loop().create_future()


@dataclass(eq=False, slots=True)
class LoginAttempt:
    """A request whose password needs a check. Create it in the event loop.

    `name` is None for an unknown user. `digest` stands for the user and the password. `answer` gets
    the result when the client may learn it. `is_gone` asks the system whether the client has gone:
    uvicorn stops reading while another request waits behind this one, and then does not notice.
    """

    name: str | None
    address: str
    digest: bytes
    check: Callable[[], bool] = field(repr=False)
    is_gone: Callable[[], bool] = field(default=lambda: False, repr=False)
    answer: asyncio.Future[bool] = field(default_factory=_future)
    is_over: bool = False


Choose = Callable[[Sequence[LoginAttempt]], LoginAttempt]


class Scheduler:
    """Picks the attempt to check next, fairly by name and by address."""

    def __init__(self, choose: Choose = secrets.choice) -> None:
        self._choose = choose
        self._turns = 0
        self._last_turn_of_lane: dict[str | None, int] = {}
        self._turns_of_lane: Counter[str | None] = Counter()
        self._last_turn_of_address: OrderedDict[tuple[str | None, str], int] = OrderedDict()

    def next(self, waiting: Sequence[LoginAttempt]) -> LoginAttempt:
        """Return the attempt whose turn it is; `waiting` is in the order of arrival."""
        name = min(
            (one.name for one in waiting), key=lambda name: self._last_turn_of_lane.get(name, 0)
        )
        lane = [one for one in waiting if one.name == name]
        self._turns_of_lane[name] += 1
        chosen = lane[0] if self._turns_of_lane[name] % 2 == 0 else self._by_address(lane)
        self._note(chosen)
        return chosen

    def _by_address(self, lane: Sequence[LoginAttempt]) -> LoginAttempt:
        """Return a random attempt from the address whose last turn is longest ago."""
        last = [self._last_turn_of_address.get((one.name, one.address), 0) for one in lane]
        longest_ago = min(last)
        return self._choose(
            [one for one, turn in zip(lane, last, strict=True) if turn == longest_ago]
        )

    def _note(self, chosen: LoginAttempt) -> None:
        address = (chosen.name, chosen.address)
        self._turns += 1
        self._last_turn_of_lane[chosen.name] = self._turns
        self._last_turn_of_address[address] = self._turns
        self._last_turn_of_address.move_to_end(address)
        if len(self._last_turn_of_address) > REMEMBERED:
            self._last_turn_of_address.popitem(last=False)


class PasswordQueue:
    """Runs checks in daemon threads, in the scheduler's order. Passes each result to `keep`."""

    def __init__(
        self,
        keep: Callable[[bytes, bool], None],
        scheduler: Scheduler | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._keep = keep
        self._scheduler = scheduler or Scheduler()
        self._at_once = at_once
        self._running: set[bytes] = set()
        self._attempts: deque[LoginAttempt] = deque()  # as they came; the first is never over

    async def is_right(self, attempt: LoginAttempt, gone: asyncio.Future[None]) -> bool:
        """Wait for the result of an attempt. Return False when its client has `gone`."""
        self._attempts.append(attempt)
        self._start_checks()
        try:
            await asyncio.wait((attempt.answer, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._end((attempt,), is_right=False)
        return attempt.answer.done() and attempt.answer.result()

    def _start_checks(self) -> None:
        """Start checks, as many as may run at once."""
        while len(self._running) < self._at_once:
            self._end([one for one in self._attempts if one.is_gone()], is_right=False)
            waiting = [one for one in self._attempts if self._waits(one)]
            if not waiting:
                return
            chosen = self._scheduler.next(waiting)
            in_daemon(chosen.check).add_done_callback(partial(self._checked, chosen.digest))
            self._running.add(chosen.digest)

    def _waits(self, attempt: LoginAttempt) -> bool:
        return not attempt.is_over and attempt.digest not in self._running

    def _checked(self, digest: bytes, check: asyncio.Future[bool]) -> None:
        """Give the result to every attempt with this digest. A check that fails admits nobody."""
        self._running.discard(digest)
        is_right = False
        try:
            is_right = check.result()
            self._keep(digest, is_right)
        finally:
            self._end([one for one in self._attempts if one.digest == digest], is_right=is_right)
            self._start_checks()

    def _end(self, attempts: Sequence[LoginAttempt], *, is_right: bool) -> None:
        """End `attempts`; then answer every attempt whose client may learn the result now."""
        for one in attempts:
            if is_right and not one.is_over:
                one.answer.set_result(True)
            one.is_over = True
        while self._attempts and self._attempts[0].is_over:
            first = self._attempts.popleft()
            if not first.answer.done():
                first.answer.set_result(False)
