"""Expressions that several panels share, and the selectors that all of them are made of.

Two exporters may watch one job: what is said of a job is taken once, whoever says it.
"""

import re

TARGET = 'job=~"$job",instance=~"$instance"'
"""What every selector begins with: the exporters that are chosen."""

ACCOUNT = f'{TARGET},account=~"$account"'

ONE_JOB = f'{ACCOUNT},job_id=~"$job_id"'

_NO_INSTANCE = 'job=~"$job",instance=~"$instance|"'
"""What selectors begin with of what has no `instance`: rules say it once for two exporters."""

ALERTS = f'{_NO_INSTANCE},account=~"$account|"'
"""What selects alerts, of which those about a job have no `instance`, and others no `account`."""

REMEMBERED = f'{_NO_INSTANCE},account=~"$account"'
"""What selects what rules remember of jobs."""

STATES = ("pending", "running", "succeeded", "partial", "failed", "unknown")
"""The exporter's states of a job; their places, from 1, are their numbers in a timeline."""

OUTCOMES = ("failed", "partial", "succeeded")
"""The states in which a job that was seen to finish is counted, the worst first."""

STALLED = "instance_account_job_id:fusebill_service_job_stalled:bool"
"""The recording rule that tells which jobs are stalled; its threshold is there."""

WATCHED = "instance_account_job_id:fusebill_service_job:watched"
"""The recording rule that tells which jobs are watched, for an hour after the last scrape."""

LAST_STATE = "account_job_id_state:fusebill_service_job_end_confirmed:last"
"""The recording rule that remembers the state in which a watched job was last read, as a label."""


def selector(name: str, matchers: str, *more: str) -> str:
    """Return the selector of a family."""
    return f"{name}{{{','.join((matchers, *more))}}}"


def equals(label: str, value: str) -> str:
    """Return a matcher of one value of a label."""
    return f'{label}="{value}"'


def at_end(expression: str) -> str:
    """Return an expression that has, all along the dashboard's time, its value at the end."""
    return re.sub(r'(\{(?:[^"{}]|"[^"]*")*\}(?:\[[^\]]*\])?)', r"\1 @ end()", expression)


def of_exporter(name: str, *more: str) -> str:
    """Return the selector of a family of the exporter itself."""
    return selector(name, TARGET, *more)


EXPORTERS = f"last_over_time({of_exporter('fusebill_exporter_build_info')}[1d])"
"""A value for each target that was an exporter within the last day."""


def of_exporters_alone(name: str) -> str:
    """Return a family that every target of Prometheus has, of those that are exporters.

    That is told by the information of the build, as of when it was last scraped.
    """
    return f"{of_exporter(name)} and on (job, instance) {EXPORTERS}"


def of_account(name: str, *more: str) -> str:
    """Return the selector of a family of accounts or jobs, for the chosen accounts."""
    return selector(name, ACCOUNT, *more)


def of_job(name: str, *more: str) -> str:
    """Return the selector of a family of jobs, `name` without its prefix, for chosen accounts."""
    return of_account(f"fusebill_service_job_{name}", *more)


def firing(*more: str) -> str:
    """Return the selector of alerts that fire."""
    return selector("ALERTS", ALERTS, 'alertname=~"Fusebill.+"', 'alertstate="firing"', *more)


def by_job(expression: str, *labels: str) -> str:
    """Return a value of each job once, with `account`, `job_id` and the labels."""
    return f"max by ({', '.join(('account', 'job_id', *labels))}) ({expression})"


def numbered_states(name: str, matchers: str) -> str:
    """Return the number of each job's state over time: its place in `STATES`."""
    numbers = (
        f'{number} * ({name}{{{matchers},state="{state}"}} == 1)'
        for number, state in enumerate(STATES, 1)
    )
    return by_job(" or ".join(numbers))


def one_each(expression: str) -> str:
    """Return one series a job, that with the highest value."""
    return f"topk by (account, job_id) (1, {expression})"


def quantile(share: float, histogram: str, change: str, by: str = "") -> str:
    """Return a quantile of a histogram of accounts by the label `by`.

    `change` has `{}` where the selector goes: `rate({}[5m])`. Where nothing was observed there is
    nothing, and not NaN.
    """
    labels = ", ".join(filter(None, ("le", by)))
    buckets = f"sum by ({labels}) ({change.format(of_account(histogram + '_bucket'))})"
    count = f"sum by ({by}) ({change.format(of_account(histogram + '_count'))})"
    return f"histogram_quantile({share}, {buckets}) and on ({by}) {count} > 0"
