"""What promtool's lint says of the labels that users give to their jobs. Pure.

`promtool check metrics` complains of a label called `le` or `quantile`, which the configuration
refuses, of one in camelCase (`lintCamelCase` in client_golang's promlint), and of no other.
"""

import re
from collections.abc import Iterable

from exporter.config.sections import WatchedJob

_CAMEL_CASE = re.compile("[a-z][A-Z]")


def disliked_labels(jobs: Iterable[WatchedJob]) -> tuple[str, ...]:
    """Return the labels of the jobs that the lint complains of, sorted, each once."""
    names = {name for job in jobs for name in job.labels}
    return tuple(sorted(filter(_CAMEL_CASE.search, names)))
