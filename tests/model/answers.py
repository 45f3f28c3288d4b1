"""The documented answer of the API, with or without changes."""

import json
from collections.abc import Mapping
from pathlib import Path

from exporter.model.job import Job
from exporter.model.state import State

DOCUMENTED = (Path(__file__).parents[1] / "data" / "service_job_200.json").read_bytes()
ID = 2607617
NOW = 1_800_000_000.0


def read(words: Mapping[str, State] | None = None, **changes: object) -> Job:
    """Parse the documented answer with some fields changed."""
    document = json.loads(DOCUMENTED) | changes
    return Job.from_api(json.dumps(document).encode(), ID, words or {}, NOW)
