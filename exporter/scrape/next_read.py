"""Which read of an account goes next: of those that a scrape wants, or that probes wait for."""

from collections.abc import Collection
from functools import partial

from exporter.jobs.due import DueReads
from exporter.jobs.ledger import Ledger
from exporter.model.instant import Instant
from exporter.quota.strangers import slots
from exporter.scrape.probe_queue import ProbeQueue


class NextRead:
    """Chooses, by the ledger and by which jobs are in flight, `concurrency` of them at most."""

    def __init__(self, ledger: Ledger, in_flight: Collection[int], concurrency: int) -> None:
        self._ledger = ledger
        self._in_flight = in_flight
        self.concurrency = concurrency

    def wanted(self, job_id: int, now: Instant) -> bool:
        """Tell whether a job is due and not in flight."""
        return job_id not in self._in_flight and self._ledger.roster.is_due(job_id, now)

    def may_go(self, job_id: int, now: Instant) -> bool:
        """Tell whether a job is watched, or a stranger that may be read once there is a slot.

        A new one may not while it is the turn of one that was read before, and that waits.
        """
        roster = self._ledger.roster
        if roster.is_watched(job_id):
            return True
        known_is_next = not self._ledger.permits.strangers.new_is_next
        if known_is_next and roster.is_new(job_id) and self._ledger.known_waits(now):
            return False
        return self._ledger.strangers_may_go(now, self._in_flight)

    def for_scrape(self, due_reads: DueReads, now: Instant) -> int | None:
        """Take the next read that a scrape wants; None when there is none that may be made now.

        Jobs that failed last time have half of the slots, and at least one. Where the API may not
        answer, it is tried with a job that did not fail.
        """
        permits = self._ledger.permits
        stranger = self._is_strangers_turn(due_reads, now)
        part = permits.trial(now)
        if part is not None:
            return due_reads.trial(part, stranger=stranger)
        if stranger:
            return due_reads.stranger(new=permits.strangers.new_is_next)
        return due_reads.next(retry=self._may_retry())

    def for_probe(self, queue: ProbeQueue, now: Instant) -> int | None:
        """Return the job to read next for a probe; None when none may be read now.

        Where the API may not answer, that is the job of the account that is most likely to be
        answered: a probe may be for anything, and must not decide whether the API answers.
        """
        part = self._ledger.permits.trial(now)
        if part is not None:
            return self._trial(queue, part, now)
        may_retry, roster = self._may_retry(), self._ledger.roster
        strangers_may = self._has_room_for_strangers(now)
        job_ids = [
            job_id
            for job_id in queue
            if (may_retry or not self._is_failing(job_id))
            and (strangers_may or roster.is_watched(job_id))
        ]
        first = next((job_id for job_id in job_ids if self.may_go(job_id, now)), None)
        if first is None or roster.is_watched(first):
            return first
        strangers = (job_id for job_id in job_ids if not roster.is_watched(job_id))
        new = self._ledger.permits.strangers.new_is_next
        return next((job_id for job_id in strangers if roster.is_new(job_id) is new), first)

    def _trial(self, queue: ProbeQueue, part: float, now: Instant) -> int | None:
        proven = self._ledger.roster.proven(now)
        stranger = self._is_strangers_turn(proven, now)
        for job_id in iter(partial(proven.trial, part, stranger=stranger), None):
            if self.wanted(job_id, now):
                return job_id
        job_id = queue.at(part)
        is_watched = self._ledger.roster.is_watched(job_id)
        return job_id if is_watched or self._has_room_for_strangers(now) else None

    def _is_strangers_turn(self, due_reads: DueReads, now: Instant) -> bool:
        if not due_reads.has_strangers or not self._has_room_for_strangers(now):
            return False
        return self._ledger.is_strangers_turn(due_reads, now, self._in_flight)

    def _has_room_for_strangers(self, now: Instant) -> bool:
        """Tell whether a stranger may have a slot, if it hangs in it.

        Where the API has not answered lately, two reads go ahead of all others, one after the
        other: the second is none of theirs.
        """
        watched = len(self._ledger.roster)
        if watched and self._ledger.permits.goes_second(now):
            return False
        is_watched = self._ledger.roster.is_watched
        held = sum(not is_watched(job_id) for job_id in self._in_flight)
        return held < slots(self.concurrency, watched)

    def _may_retry(self) -> bool:
        failing = sum(map(self._is_failing, self._in_flight))
        return failing < max(1, self.concurrency // 2)

    def _is_failing(self, job_id: int) -> bool:
        """Tell whether the last attempt to read a job failed."""
        return self._ledger.roster.reading(job_id).error is not None
