"""Property of a ledger: whatever the API answers, a job is shown and counted by a short model."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families as parse
from structlog.testing import capture_logs

from exporter.config.sections import Quota, Refresh, WatchedJob
from exporter.exposition.metrics import FAMILIES
from exporter.exposition.text import Format, write
from exporter.jobs.ledger import Ledger
from exporter.model.attempt import Answer, Attempt
from exporter.model.errors import UpstreamError
from exporter.model.failures import Failure
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.quota.budget import make_budget
from tests.support.snapshots import make_snapshot

START = 1_700_000_000.0
AT_WORK = {"NotStarted", "pending", "Processing", "VALIDATED"}
FAILED = {"Failed", "failed", "Cancelled", "FailedWithErrors"}
ENDED = {"Processed", "Done", "ProcessedWithErrors"}
OTHER = {"Frobnicating", "OddWithErrors", "ValidatedWithErrors", "é\ud800"}
ODD = st.sampled_from(
    ["", "x", "false", {}, [], [1], -1, 1.5, 1e300, 10**30, True, "19", math.nan, math.inf]
)


COUNTS = st.sampled_from([0, 1, 18, 19, 19.0, 2**53])
DATES = st.sampled_from(
    [
        "2023-11-14T22:00:00",
        "2023-11-14T22:13:20.5",
        "2023-11-14T22:20:00Z",
        "2023-11-16T00:00:00",
        "0001-01-01T00:00:00",
        "1900-01-01T00:00:00",
        "1970-01-01T00:00:00",
        "9999-12-31T23:59:59.9999999",
    ]
)


FIELDS: Mapping[str, st.SearchStrategy[Any]] = {
    "accountId": st.sampled_from([12345, 67890]),
    "type": st.sampled_from(["SubscriptionProductBulkPriceChange", "Other"]),
    "createdTimestamp": DATES,
    "completedTimestamp": DATES,
    "totalCount": COUNTS,
    "totalSuccessful": COUNTS,
    "totalFailed": COUNTS,
    "percentComplete": st.sampled_from([0, 97, 97.5, 100, 1e2]),
    "serviceTasks": st.sampled_from([[], [{}, 7]]),
    "isOffline": st.booleans(),
}


WORDS = st.sampled_from(sorted(AT_WORK | FAILED | ENDED | OTHER))
ANSWERS = st.fixed_dictionaries(
    {"id": st.sampled_from([7, 7.0, 7, 7, 8]), "status": WORDS | ODD},
    optional={name: values | st.none() | ODD for name, values in FIELDS.items()},
)


GAPS = st.sampled_from([10, 50, 200, 90_000])
HISTORIES = st.lists(st.tuples(GAPS, st.integers(1, 6), ANSWERS), max_size=12).map(
    lambda runs: [(gap, answer) for gap, times, answer in runs for _ in range(times)]
)
"""Answers that each stand for a while, with the seconds since the answer before."""


@dataclass
class Model:
    """What must hold of a job, by the status words of its good answers alone."""

    word: str | None = None
    ends: int = 0
    may_end: bool = False
    must_end: bool = False

    def answered(self, word: str, ends: int, stood: float) -> None:
        """Check the count of ends: each needs work that was seen since the end before.

        `stood` is for how many seconds the API has given the same answer: after long enough, an
        end must have been counted.
        """
        assert ends - self.ends in (0, 1)
        if ends > self.ends:
            assert self.may_end
            assert word not in AT_WORK
            self.may_end = self.must_end = False
        if stood >= 16 * Refresh().active and word in FAILED | ENDED:
            assert not self.must_end
        if word in AT_WORK:
            self.must_end = True
        elif (
            word not in FAILED | ENDED
        ):  # its completed date may be an end, in a state that is not counted
            self.must_end = False
        if word in AT_WORK or (ends == 0 and word not in FAILED | ENDED):
            self.may_end = True
        self.word, self.ends = word, ends


def outcome(body: bytes, now: float) -> Answer | Failure:
    try:
        return Answer(200, Job.from_api(body, 7, {}, now))
    except UpstreamError as error:
        return error.failure


def shown(ledger: Ledger, now: Instant) -> dict[str, float]:
    """Return every series of the job and the counts of the account, by name and labels."""
    text = write(FAMILIES, make_snapshot(ledger.view(now)), Format.TEXT).decode()
    samples = (sample for family in parse(text) for sample in family.samples)
    return {f"{one.name}{sorted(one.labels.items())}": one.value for one in samples}


@given(HISTORIES)
def test_whatever_the_api_answers_one_state_is_shown_no_failure_is_hidden_and_no_end_counted_twice(
    history: list[tuple[float, dict[str, Any]]],
) -> None:
    ledger = Ledger(
        "live",
        [WatchedJob(id=7)],
        refresh=Refresh(stale_after="365d"),
        budget=make_budget(Quota(share=1.0)),
        jitter=lambda: 0.0,
    )
    model, now = Model(), Instant(0.0, START)
    since, before = 0.0, None
    for seconds, document in history:
        now = Instant(now.monotonic + seconds, now.unix + seconds)
        result = outcome(json.dumps(document).encode(), now.unix)
        ledger.permits.start(now, watched=True, new=False)
        with capture_logs():
            ledger.record(Attempt(7, now, now, now, result))
        if isinstance(result, Answer):
            if document != before:
                since, before = now.monotonic, document
            ends = sum(ledger.counters.finished.values())
            model.answered(str(document["status"]), ends, now.monotonic - since)
        series = shown(ledger, now)
        states = {key for key, value in series.items() if "job_state" in key and value == 1}
        assert len(states) == (model.word is not None)
        if model.word in FAILED:
            assert "('state', 'failed')" in states.pop()
        assert not any(map(math.isnan, series.values()))
