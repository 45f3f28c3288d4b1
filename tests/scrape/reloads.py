"""What tests of accounts across a reload share."""

from exporter.simulator import SimulatedJob
from tests.support.in_process import START, Series
from tests.support.installation import Installation


def counters_that_went_back(before: Series, after: Series) -> list[tuple[str, str]]:
    """Return the counters that are lower than before; every counter must still be there."""
    counters = {key for key in before if key[0].endswith(("_total", "_count", "_bucket"))}
    assert counters
    assert counters <= after.keys()
    return [key for key in counters if after[key] < before[key]]


async def scrape_first(installation: Installation, jobs: int) -> Series:
    """Let the API know `jobs` jobs, all at work, and scrape."""
    for job_id in range(1, jobs + 1):
        installation.api.put(SimulatedJob(job_id, created=START, runs=1e6))
    return await installation.scrape()
