"""The samples of one family of the table."""

from exporter.exposition.metrics import FAMILIES
from exporter.jobs.snapshot import Snapshot


def series(snapshot: Snapshot, name: str) -> dict[str, float]:
    """Return the samples of a family by their labels."""
    (family,) = (one for one in FAMILIES if one.name == f"fusebill_{name}")
    return {sample.labels: sample.value for sample in family.samples(snapshot)}
