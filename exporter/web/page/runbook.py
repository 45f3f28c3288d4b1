"""Where docs/alerts.md says what to do about each kind of trouble with a job."""

from collections.abc import Mapping

from exporter.model.state import State
from exporter.web.page.job_kinds import (
    NOT_READ,
    NOT_STARTED,
    STALLED,
    TOO_OLD,
    UNREADABLE,
)

ANCHORS: Mapping[str, str] = {
    State.FAILED: "fusebillservicejobfailed",
    State.PARTIAL: "fusebillservicejobpartiallyfailed",
    UNREADABLE: "fusebillservicejobunread",
    TOO_OLD: "fusebillservicejobunread",
    NOT_READ: "fusebillservicejobunread",
    STALLED: "fusebillservicejobstalled",
    NOT_STARTED: "fusebillservicejobnotstarted",
    State.UNKNOWN: "fusebillservicejobstateunknown",
}
"""The anchor of the section about each kind that needs a person, that of the kind's alert."""
