"""Simulated jobs: the document of a job at any time."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto

SAMPLE: dict[str, object] = {
    "accountId": 12345,
    "type": "SubscriptionProductBulkPriceChange",
    "status": "NotStarted",
    "createdTimestamp": "2020-06-23T10:50:42",
    "completedTimestamp": None,
    "additionalData": '{"planProductIds":[61180,61181,61182],"createCharges":false}',
    "serviceTasks": [],
    "totalCount": 19,
    "totalSuccessful": None,
    "totalFailed": None,
    "percentComplete": None,
    "isOffline": False,
    "id": 2607617,
    "uri": None,
}
"""The answer in the API's documentation, unchanged. Every answer has its fields in this order."""


def _iso(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


class Ending(Enum):
    """How a job ends. EARLY: its word says that it has finished while its counts still change."""

    FINISHES = auto()
    FAILS = auto()
    STALLS = auto()
    VANISHES = auto()
    EARLY = auto()


@dataclass(frozen=True)
class SimulatedJob:
    """The course of one job, a pure function of the time."""

    id: int
    type: str = "SubscriptionProductBulkPriceChange"
    total: int = 19  # items
    created: float = 0.0  # Unix seconds
    waits: float = 0.0  # seconds from created until it starts
    runs: float = 60.0  # seconds from start to end, if the job finishes
    failing: float = 0.0  # share 0..1 of the items that fail, spread evenly over the run
    ending: Ending = Ending.FINISHES
    ends_at: float = 1.0  # share 0..1 of the run after which any other ending comes
    account_id: int = 12345

    def document(self, now: float) -> dict[str, object] | None:
        """Return the document of a 200 at `now` (Unix seconds); None once the job has vanished."""
        document = SAMPLE | {
            "accountId": self.account_id,
            "type": self.type,
            "createdTimestamp": _iso(self.created),
            "totalCount": self.total,
            "id": self.id,
        }
        elapsed = now - (self.created + self.waits)
        if elapsed < 0:
            return document
        last = 1.0 if self.ending in (Ending.FINISHES, Ending.EARLY) else self.ends_at
        share = min(elapsed / self.runs, last) if self.runs > 0 else last
        if share >= last and self.ending is Ending.VANISHES:
            return None
        ended = share >= (self.ends_at if self.ending is Ending.EARLY else last)
        return document | self._progress(share, ended=ended)

    def _progress(self, share: float, *, ended: bool) -> dict[str, object]:
        """Return the fields that change during the run when `share` (0 to 1) of the run is over."""
        done = int(self.total * share + 1e-9)  # int() would cut 0.29 * 100 to 28
        failed = round(done * self.failing)
        status = "Processing"
        if ended and self.ending in (Ending.FINISHES, Ending.EARLY):
            status = "ProcessedWithErrors" if failed else "Processed"
        elif ended and self.ending is Ending.FAILS:
            status = "Failed"
        completed = self.created + self.waits + self.runs * share
        tasks = min(math.ceil(self.total / 250), 20)  # 250 items each; at most 20, for speed
        return {
            "status": status,
            "completedTimestamp": None if status == "Processing" else _iso(completed),
            "serviceTasks": [{"id": self.id * 100 + n, "status": status} for n in range(tasks)],
            "totalSuccessful": done - failed,
            "totalFailed": failed,
            "percentComplete": round(100 * share, 1),
        }
