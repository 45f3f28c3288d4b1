"""The choice of the next job of an account to read, for a scrape or for the waiting probes.

`jobs.due` sorts the due reads by urgency. This module takes the next one. It gives strangers their
turn, and keeps some slots free of jobs that may hang. When the API may not answer, it picks a job
that is likely to be answered.
"""

import math
from collections.abc import Collection
from functools import partial

from exporter.jobs.due import DueReads
from exporter.jobs.ledger import Ledger
from exporter.model.instant import Instant
from exporter.quota.strangers import LATELY, slots
from exporter.scrape.probe_queue import ProbeQueue


class NextRead:
    """Chooses the next read. `in_flight` holds the jobs being read, at most `concurrency`."""

    def __init__(self, ledger: Ledger, in_flight: Collection[int], concurrency: int) -> None:
        self._ledger = ledger
        self._roster = ledger.roster
        self._permits = ledger.permits
        self._in_flight = in_flight
        self.concurrency = concurrency
        self._scraped_at = -math.inf

    def due(self, now: Instant) -> DueReads:
        """Return the due reads for a scrape, the most urgent first."""
        self._scraped_at = now.monotonic
        return self._roster.due(now)

    def wanted(self, job_id: int, now: Instant) -> bool:
        """Tell whether a job is due and not in flight."""
        return job_id not in self._in_flight and self._roster.is_due(job_id, now)

    def may_go(self, job_id: int, now: Instant) -> bool:
        """Tell whether a job may be read once there is a slot; a watched job always may.

        A new stranger gives way if it is a known stranger's turn and one waits. While nobody
        scrapes, nobody waits for the watched jobs, and strangers need no turn.
        """
        if self._roster.is_watched(job_id):
            return True
        if not self._is_scraped(now):
            return True
        known_is_next = not self._permits.strangers.new_is_next
        if known_is_next and self._roster.is_new(job_id) and self._roster.known_waits(now):
            return False
        return self._permits.strangers.have_a_turn or self._spares_a_read(now)

    def for_scrape(self, due_reads: DueReads, now: Instant) -> int | None:
        """Take the next of a scrape's reads, or None when none may start now.

        Jobs whose last attempt failed get at most half of the slots, but at least one. When the API
        may not answer, a job that did not fail tries it.
        """
        stranger = self._is_strangers_turn(due_reads, now)
        place = self._permits.trial_place(now)
        if place is not None:
            return due_reads.take_for_trial(place, stranger=stranger)
        if stranger:
            return due_reads.take_stranger(new=self._permits.strangers.new_is_next)
        return due_reads.take_next(retry=self._may_retry())

    def for_probe(self, queue: ProbeQueue, now: Instant) -> int | None:
        """Return the job to read next for a probe, or None when none may be read now.

        When the API may not answer, the account's job that is most likely to be answered tries it.
        A probed job tries it only if it had a good read before, or if no such job is due: it may
        not exist, and should not decide whether the API answers.
        """
        place = self._permits.trial_place(now)
        if place is not None:
            return self._trial(queue, place, now)
        may_retry, strangers_may = self._may_retry(), self._has_slot_for_stranger(now)
        job_ids = [
            job_id
            for job_id in queue
            if (may_retry or not self._is_failing(job_id))
            and (strangers_may or self._roster.is_watched(job_id))
        ]
        first = next((job_id for job_id in job_ids if self.may_go(job_id, now)), None)
        if first is None or self._roster.is_watched(first):
            return first
        strangers = (job_id for job_id in job_ids if not self._roster.is_watched(job_id))
        new = self._permits.strangers.new_is_next
        return next((job_id for job_id in strangers if self._roster.is_new(job_id) is new), first)

    def _trial(self, queue: ProbeQueue, place: float, now: Instant) -> int | None:
        proven = self._roster.proven(now)
        stranger = self._is_strangers_turn(proven, now)
        for job_id in iter(partial(proven.take_for_trial, place, stranger=stranger), None):
            if self.wanted(job_id, now):
                return job_id
        job_id = queue.at(place)
        is_watched = self._roster.is_watched(job_id)
        return job_id if is_watched or self._has_slot_for_stranger(now) else None

    def _is_strangers_turn(self, due_reads: DueReads, now: Instant) -> bool:
        """Tell whether a stranger is read next, given the due reads that are left."""
        if not due_reads.has_strangers or not self._has_slot_for_stranger(now):
            return False
        return self._permits.strangers.have_a_turn or (not due_reads and self._spares_a_read(now))

    def _spares_a_read(self, now: Instant) -> bool:
        """Tell whether no watched job waits, and the budget exceeds the watched jobs' need."""
        if self._roster.waits(now, self._in_flight):
            return False
        return self._permits.budget.allows_for_an_hour(now, self._ledger.reads_a_minute())

    def _has_slot_for_stranger(self, now: Instant) -> bool:
        """Tell whether a stranger may have a slot, even if its read hangs.

        Until a good answer is fresh, two reads at most start, one after the other; the second is a
        watched job's.
        """
        watched = len(self._roster)
        if watched and self._permits.goes_second(now):
            return False
        held = sum(not self._roster.is_watched(job_id) for job_id in self._in_flight)
        return held < slots(self.concurrency, watched)

    def _is_scraped(self, now: Instant) -> bool:
        return now.monotonic < self._scraped_at + LATELY

    def _may_retry(self) -> bool:
        failing = sum(map(self._is_failing, self._in_flight))
        return failing < max(1, self.concurrency // 2)

    def _is_failing(self, job_id: int) -> bool:
        """Tell whether the last attempt to read a job failed."""
        return self._roster.reading(job_id).error is not None
