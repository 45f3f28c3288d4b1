"""What is said of a job in tables and tiles, as expressions with a value for each job.

`matchers` select the jobs: those of the chosen accounts, or the chosen job. Where nobody shows the
values of a job any more, what is said is what was last known.
"""

from collections.abc import Mapping

from grafana import promql
from grafana.known import (
    in_state,
    not_scraped,
    of_accounts,
    of_job_series,
    of_jobs,
)
from grafana.promql import ACCOUNT, STALLED, by_job, equals, firing, one_each, selector

SEVERITY = (
    "failed",
    "unreadable",
    "stalled",
    "not read",
    "partial",
    "unknown",
    "not started",
    "unread",
    "running",
    "pending",
    "succeeded",
)
"""The states of a job and the notes about it, the worst first."""

NOTES = ("unreadable", "stalled", "not read", "not started")
"""What may be wrong with a job besides its state, the worst first.

Unreadable: the last attempt to read it failed. Not read, or not started: for so long that the alert
fires.
"""

NOT_SCRAPED = "not scraped"
"""The reason why nothing new is known of a job whose exporter cannot be scraped."""

_RANK = {word: rank for rank, word in enumerate(reversed(SEVERITY), 1)}


def states(matchers: str = ACCOUNT, chosen: str = "") -> str:
    """Return a value for each job by `state`, `unread` where there are no values.

    Where two exporters say it differently, it is the worse. `chosen` is a matcher of the states.
    """
    more = (chosen,) if chosen else ()
    read = f"max by (account, job_id, state) ({_ranked(_RANK, matchers, *more)})"
    unread = f'label_replace({_unread(matchers)}, "state", "unread", "", "")'
    if chosen:
        is_chosen = of_accounts("fusebill_jobs", equals("state", "unread"), chosen)
        unread = f"({unread} and on (account) {is_chosen})"
    return f"{one_each(read)} or {unread}"


def numbered_states(matchers: str = ACCOUNT) -> str:
    """Return the number of each job's state: its place in STATES, and after those `unread`."""
    numbers = {state: number for number, state in enumerate(promql.STATES, 1)}
    unread = f"{len(numbers) + 1} * ({_unread(matchers)})"
    return by_job(f"{_ranked(numbers, matchers)} or {unread}")


def severities(matchers: str = ACCOUNT) -> str:
    """Return the severity of each job's state or of what is noted of it, whichever is higher.

    It is the place in SEVERITY, counted from the end: the worst has the highest.
    """
    noted = (f"{_RANK[note]} * ({_noted(note, matchers)})" for note in NOTES)
    unread = f"{_RANK['unread']} * ({_unread(matchers)})"
    return by_job(" or ".join((*noted, unread, _ranked(_RANK, matchers))))


def _ranked(numbers: Mapping[str, int], matchers: str, *more: str) -> str:
    """Return the number of each job's state."""
    return " or ".join(
        f"{numbers[state]} * ({in_state(state, *more, matchers=matchers)} == 1)"
        for state in promql.STATES
    )


def notes(matchers: str = ACCOUNT) -> str:
    """Return a value for each job of which there is something to note, by `note`."""
    labelled = (
        f'label_replace({_noted(note, matchers)}, "note", "{note}", "", "")' for note in NOTES
    )
    return " or on (account, job_id) ".join(labelled)


def numbered_notes(matchers: str = ACCOUNT) -> str:
    """Return the number of what is noted of each job: its place in NOTES, or 0 for nothing."""
    numbers = (f"{number} * ({_noted(note, matchers)})" for number, note in enumerate(NOTES, 1))
    nothing = f"0 * {by_job(_watched(matchers))}"
    return by_job(" or on (account, job_id) ".join((*numbers, nothing)))


def _noted(note: str, matchers: str) -> str:
    """Return a value of 1 for each job of which something is noted."""
    if note == "unreadable":
        return f"1 - ({by_job(of_jobs('up', matchers=matchers))} < 1)"
    if note == "stalled":
        return f"{by_job(of_job_series(STALLED, matchers))} == 1"
    if note == "not read":  # While the exporter cannot be scraped, so it is with every job.
        return f"{_alerts('Unread')} and on (account, job_id) {_info(matchers)}"
    return f"{_alerts('NotStarted')} and on (account, job_id) {_watched(matchers)}"


def _alerts(name: str) -> str:
    return by_job(firing(equals("alertname", f"FusebillServiceJob{name}")))


def late(matchers: str = ACCOUNT) -> str:
    """Return a value for each job that has not been read for too long, scraped or not."""
    return f"{_alerts('Unread')} and on (account, job_id) {_watched(matchers)}"


def reasons(matchers: str = ACCOUNT, causes: str = 'cause!=""') -> str:
    """Return 1 for each job of which nothing new is known, by the one `reason` why.

    That is NOT_SCRAPED, the reason of the last read that failed, or what blocks its account, if it
    is of the `causes`. What another exporter can read has no reason.
    """
    lost = not_scraped(matchers)
    unreadable = f"{by_job(of_jobs('up', matchers=matchers))} == 0"
    of_read = by_job(of_jobs("fetch_error", matchers=matchers), "reason")
    failed = f"({of_read} and on (account, job_id) ({unreadable}))"
    blocked = promql.of_account("fusebill_api_blocked")
    free = f"max by (job, instance, account) ({blocked}) == 0"
    of_block = (
        f"{_info(matchers)} * on (job, instance, account) group_left (cause)"
        f" ({promql.of_account('fusebill_api_blocked', causes)} == 1)"
        f" unless on (account, job_id) ({_info(matchers)} and on (job, instance, account) ({free}))"
        f" unless on (account, job_id) {selector(_CONFIRMED, matchers)} == 1"
    )
    cause = f'label_replace({of_block}, "reason", "$1", "cause", "(.+)")'
    each = " or on (account, job_id) ".join(
        (
            f'label_replace({lost}, "reason", "{NOT_SCRAPED}", "", "")',
            failed,
            by_job(cause, "reason"),
        )
    )
    return one_each(f"group by (account, job_id, reason) ({each})")


def one_reason(matchers: str = ACCOUNT) -> str:
    """Return the same with the reason `none` for each job of which new values come."""
    nothing = f'label_replace({by_job(_watched(matchers))}, "reason", "none", "", "")'
    return f"{reasons(matchers)} or on (account, job_id) {nothing}"


_CONFIRMED = "fusebill_service_job_end_confirmed"


def running(expression: str, matchers: str = ACCOUNT) -> str:
    """Return what holds of running jobs only."""
    runs = in_state("running", matchers=matchers)
    return f"({expression}) and on (account, job_id) {runs} == 1"


def completions(matchers: str = ACCOUNT) -> str:
    """Return when jobs finished, in Unix seconds, by `state`, once their ends are confirmed."""
    outcomes = f'state=~"{"|".join(promql.OUTCOMES)}"'
    completed = of_jobs("completed_timestamp_seconds", matchers=matchers)
    confirmed = f"{completed} and {of_jobs('end_confirmed', matchers=matchers)} == 1"
    in_outcome = f"0 * ({states(matchers, outcomes)})"
    return f"{by_job(confirmed)} + on (account, job_id) group_left (state) {in_outcome}"


def expected_ends(matchers: str = ACCOUNT) -> str:
    """Return when running jobs end, in Unix seconds, at the pace of the last 30 minutes.

    A job that moves less than 0.00001 % a second, 116 days for the whole, has no expected end.
    """
    percent = selector("fusebill_service_job_percent_complete", matchers)
    left = f"100 - {of_jobs('percent_complete', matchers=matchers)}"
    read = of_jobs("read_timestamp_seconds", matchers=matchers)
    end = f"{read} + ({left}) / (deriv({percent}[30m]) > 0.00001)"
    return by_job(running(end, matchers))


def ages(matchers: str = ACCOUNT) -> str:
    """Return how old the values of each job are, in whole seconds."""
    return f"floor(time() - {by_job(of_jobs('read_timestamp_seconds', matchers=matchers))})"


def _info(matchers: str) -> str:
    return selector("fusebill_service_job_info", matchers)


def _watched(matchers: str) -> str:
    return of_jobs("info", matchers=matchers)


def _unread(matchers: str) -> str:
    """Return a value of 1 for each watched job without values: all its states come together."""
    has_state = in_state("unknown", matchers=matchers)
    return f"{by_job(_watched(matchers))} unless on (account, job_id) {has_state}"
