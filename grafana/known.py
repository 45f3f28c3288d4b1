"""What is known where nobody shows a value any more: the last one, and the mark that it is.

That is so while an exporter cannot be scraped, and after its start until it has read a job again. A
recording rule remembers for an hour which jobs an exporter watched that cannot be scraped; their
last values are in Prometheus.
"""

from grafana import promql
from grafana.promql import of_account, of_exporter, selector

FOR = "1h"
"""For how long what was last known stays: as long as the rule remembers."""

_ACCOUNTS = of_account("fusebill_up")
_EXPORTERS = of_exporter("fusebill_exporter_build_info")

LOST_ACCOUNTS = (
    f"(last_over_time({_ACCOUNTS}[{FOR}]) unless on (account) {_ACCOUNTS} "
    f"unless on (job, instance) {_EXPORTERS})"
)
"""A value for each account that only exporters that cannot be scraped have shown."""

LOST_EXPORTERS = f"({of_exporter('up')} == 0)"
"""A value for each target that cannot be scraped."""


def _last(of: str) -> str:
    return f"last_over_time({of}[{FOR}])"


def _lost(matchers: str) -> str:
    watched = selector(promql.WATCHED, matchers)
    return f"({watched} unless on (account, job_id) {_read(matchers)})"


def _read(matchers: str) -> str:
    return selector("fusebill_service_job_read_timestamp_seconds", matchers)


def not_scraped(matchers: str = promql.ACCOUNT) -> str:
    """Return a value for each watched job that no exporter shows."""
    watched = promql.by_job(selector(promql.WATCHED, matchers))
    shown = selector("fusebill_service_job_info", matchers)
    return f"{watched} unless on (account, job_id) {shown}"


def lost_jobs(matchers: str = promql.ACCOUNT) -> str:
    """Return a value for each watched job of which only what was last known can be said."""
    lost = f"{_last(_read(matchers))} and on (job, account, job_id) {_lost(matchers)}"
    return f"{promql.by_job(lost)} or {not_scraped(matchers)}"


def in_state(state: str, *more: str, matchers: str = promql.ACCOUNT) -> str:
    """Return 1 for each job that is in a state, or was when it was last read, and 0 for others."""
    is_in = promql.equals("state", state)
    now = selector("fusebill_service_job_state", matchers, is_in, *more)
    kept = matchers.replace(promql.ACCOUNT, promql.REMEMBERED)
    was_in = f"{selector(promql.LAST_STATE, kept, is_in, *more)} >= bool 0"
    others = f"0 * {selector(promql.LAST_STATE, kept)}"
    before = f"({was_in} or {others}) and on (job, account, job_id) {_lost(matchers)}"
    return f"({now} or {before})"


def of_jobs(name: str, *more: str, matchers: str = promql.ACCOUNT) -> str:
    """Return a family of jobs, `name` without its prefix; of lost jobs, its last values."""
    return of_job_series(f"fusebill_service_job_{name}", matchers, *more)


def of_job_series(name: str, matchers: str, *more: str) -> str:
    """Return series of jobs; of lost jobs, their last values."""
    of = selector(name, matchers, *more)
    return f"({of} or {_last(of)} and on (job, account, job_id) {_lost(matchers)})"


def of_accounts(name: str, *more: str) -> str:
    """Return a family of accounts; of accounts that no exporter shows, its last values."""
    of = of_account(name, *more)
    return f"({of} or {_last(of)} and on (job, instance, account) {LOST_ACCOUNTS})"


def of_exporters(name: str, *more: str) -> str:
    """Return a family of exporters; of those that cannot be scraped, its last values."""
    of = of_exporter(name, *more)
    return f"({of} or {_last(of)} and on (job, instance) {LOST_EXPORTERS})"
