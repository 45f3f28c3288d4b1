"""Queries that find nothing in the demo and are meant to."""

from collections.abc import Mapping

from grafana.panels import LAST_KNOWN
from tests.grafana.committed import QUERIES, Query

_ENDS = "no job of the demo ends in its first seconds"
_ALWAYS = {
    ("How long they took", "rank"): _ENDS,
    ("How long they took", "half"): _ENDS,
    ("How long they took", "most"): _ENDS,
}

WHY: Mapping[bool, Mapping[tuple[str, str], str]] = {
    False: {**_ALWAYS, ("Accounts", "known"): "it marks what is not said now"},
    True: _ALWAYS,
}
"""Why they find nothing, by the title of the panel and the ref.

One is for while the demo is scraped, the other (True) for while it is down.
"""


def _pairs(queries: tuple[Query, ...]) -> Mapping[Query, Query]:
    """Return the query for what was last known of a value by that for the value now."""
    by_ref = {(query.uid, query.title, query.ref): query for query in queries}
    return {
        query: by_ref[query.uid, query.title, last]
        for query in queries
        for last in (f"{query.ref}_{LAST_KNOWN}", LAST_KNOWN if query.ref == "now" else "")
        if last and (query.uid, query.title, last) in by_ref
    }


NOW_OR_LAST_KNOWN = _pairs(QUERIES)


def why_empty(query: Query, *, down: bool) -> str:
    """Return why a query is meant to find nothing, or an empty text."""
    if query in (NOW_OR_LAST_KNOWN if down else NOW_OR_LAST_KNOWN.values()):
        return "the other query of the pair has the value"
    return WHY[down].get((query.title, query.ref), "")
