"""Which jobs are due follows from the last time that was set for each."""

import math
import sys

from hypothesis import given
from hypothesis import strategies as st

from exporter.jobs.due_times import DueTimes
from exporter.model.instant import Instant

TIMES = st.integers(-3, 20).map(float) | st.sampled_from([-math.inf, math.inf])
STEPS = st.lists(
    st.tuples(st.just("set"), st.integers(1, 5), TIMES)
    | st.tuples(st.just("drop"), st.integers(1, 5), st.just(0.0))
    | st.tuples(st.just("wait"), st.just(0), st.integers(0, 5).map(float)),
    max_size=30,
)


def at(moment: float) -> Instant:
    return Instant(moment, 0.0)


@given(STEPS)
def test_the_jobs_that_are_due_are_those_whose_last_time_has_come(
    steps: list[tuple[str, int, float]],
) -> None:
    due_times, model, now = DueTimes(), dict[int, float](), 0.0
    for step, job_id, time in steps:
        if step == "set":
            due_times.set(job_id, time)
            model[job_id] = time
        elif step == "drop":
            due_times.drop(job_id)
            model.pop(job_id, None)
        else:
            now += time
        assert due_times.due(at(now)) == {one for one, due_at in model.items() if due_at <= now}
        later = [due_at for due_at in model.values() if due_at > now]
        assert now < due_times.next(at(now)) <= min(later, default=math.inf)


def test_the_next_time_is_the_earliest_to_come() -> None:
    due_times = DueTimes()
    for job_id, due_at in ((1, 30.0), (2, 20.0), (3, 10.0), (4, math.inf)):
        due_times.set(job_id, due_at)
    assert [due_times.next(at(now)) for now in (0.0, 10.0, 20.0, 30.0)] == [
        10.0,
        20.0,
        30.0,
        math.inf,
    ]


def test_times_that_were_replaced_take_no_room() -> None:
    due_times = DueTimes()
    for number in range(10_000):
        due_times.set(number % 7, 1e9 - number)
    assert sys.getsizeof(due_times._later) < 10_000  # noqa: SLF001  nothing else shows it
    assert due_times.next(at(0.0)) == 1e9 - 9_999
