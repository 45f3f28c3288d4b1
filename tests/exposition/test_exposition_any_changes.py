"""Property: after any readings, removals and reloads, the text is as if written from nothing."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from exporter.config.sections import Quota, Refresh, WatchedJob
from exporter.exposition.exposition import Exposition
from exporter.exposition.metrics import FAMILIES
from exporter.exposition.text import Format, write
from exporter.jobs.ledger import Ledger
from exporter.jobs.snapshot import JobView
from exporter.model.attempt import Answer, Attempt
from exporter.model.failures import ServerError
from exporter.model.instant import Instant
from exporter.model.state import State
from exporter.quota.budget import make_budget
from tests.exposition.inflating import inflated
from tests.support.snapshots import make_account, make_job, make_snapshot

IDS = st.integers(1, 300)
WATCHED = st.dictionaries(IDS, st.sampled_from([None, "push", "pull"]), max_size=300)
REFRESH = st.sampled_from([Refresh(), Refresh(stale_after="2m"), Refresh(active="1m")])
WORDS = st.sampled_from([{}, {"processing": State.FAILED}, {"odd": State.SUCCEEDED}])
FAILED = ServerError("the API failed (500)", 500)


class Changes(RuleBasedStateMachine):
    """An account, and the expositions of it one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._now = Instant(1_000.0, 1_700_000_000.0)
        self._refresh = Refresh()
        self._watched = [WatchedJob(id=job_id) for job_id in range(1, 200)]
        self._ledger = Ledger(
            "live",
            self._watched,
            refresh=self._refresh,
            budget=make_budget(Quota(share=1.0)),
            jitter=lambda: 0.5,
        )
        self._exposition = Exposition(FAMILIES)

    @rule(
        job_ids=st.sets(IDS, max_size=40),
        word=st.sampled_from(["Processing", "Processed", "Odd"]),
        count=st.integers(0, 19),
    )
    def read(self, job_ids: set[int], word: str, count: int) -> None:
        for job_id in job_ids:
            job = make_job(id=job_id, status=word, successful=count).judged({})
            self._record(job_id, Answer(200, job))

    @rule(job_ids=st.sets(IDS, max_size=5))
    def fail(self, job_ids: set[int]) -> None:
        for job_id in job_ids:
            self._record(job_id, FAILED)

    def _record(self, job_id: int, result: Answer | ServerError) -> None:
        self._ledger.permits.start(self._now, watched=True, new=False)
        self._ledger.record(Attempt(job_id, self._now, self._now, self._now, result))

    @rule(watched=WATCHED)
    def watch(self, watched: Mapping[int, str | None]) -> None:
        self._watched = [WatchedJob(id=job_id, name=name) for job_id, name in watched.items()]
        self._ledger.watch(self._watched, self._now)

    @rule(refresh=REFRESH, words=WORDS)
    def reload(self, refresh: Refresh, words: Mapping[str, State]) -> None:
        self._refresh = refresh
        self._ledger.adopt(refresh, Quota(), MappingProxyType(words), self._now)

    @rule()
    def move(self) -> None:
        self._ledger.at_another_address()

    @rule(seconds=st.sampled_from([1.0, 60.0, 600.0, 90_000.0]))
    def wait(self, seconds: float) -> None:
        self._now = Instant(self._now.monotonic + seconds, self._now.unix + seconds)

    @invariant()
    def the_exposition_is_as_from_nothing(self) -> None:
        account = self._ledger.view(self._now)
        from_nothing = make_account(*map(self._view, self._watched)).chunks
        expected = make_snapshot(replace(account, chunks=from_nothing))
        for form in Format:
            text = inflated(self._exposition.gzip(make_snapshot(account), form))
            assert text == write(FAMILIES, expected, form)

    def _view(self, watched: WatchedJob) -> JobView:
        reading = self._ledger.roster.reading(watched.id)
        values = reading.current(self._now, self._refresh.stale_after)
        return JobView("live", watched, reading, values)


TestChanges = Changes.TestCase
TestChanges.settings = settings(stateful_step_count=20)
