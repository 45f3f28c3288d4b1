"""Expressions that several panels share, and the selectors that all of them are made of.

Two exporters may watch one job: what is said of a job is taken once, whoever says it.
"""

from collections.abc import Sequence

TARGET = 'job=~"$job",instance=~"$instance"'
"""What every selector begins with: the exporters that are chosen."""

ACCOUNT = f'{TARGET},account=~"$account"'

ONE_JOB = f'{ACCOUNT},job_id=~"$job_id"'

STATES = ("pending", "running", "succeeded", "partial", "failed", "unknown")
"""The exporter's states of a job; their places, from 1, are their numbers in a timeline."""

STALLED = "instance_account_job_id:fusebill_service_job_stalled:bool"
"""The recording rule that tells which jobs are stalled; its threshold is there."""


def of_exporter(name: str, *more: str) -> str:
    """Return the selector of a family of the exporter itself."""
    return _selector(name, TARGET, more)


def of_exporters_alone(name: str) -> str:
    """Return a family that every target of Prometheus has, of those that are exporters.

    That is told by the information of the build, as of when it was last scraped.
    """
    build = of_exporter("fusebill_exporter_build_info")
    return f"{of_exporter(name)} and on (job, instance) last_over_time({build}[$__range])"


def of_account(name: str, *more: str) -> str:
    """Return the selector of a family of accounts or jobs, for the chosen accounts."""
    return _selector(name, ACCOUNT, more)


def of_job(name: str, *more: str) -> str:
    """Return the selector of a family of jobs, `name` without its prefix, for chosen accounts."""
    return _selector(f"fusebill_service_job_{name}", ACCOUNT, more)


def of_one_job(name: str, *more: str) -> str:
    """Return the selector of a family of jobs, `name` without its prefix, for the chosen job."""
    return _selector(f"fusebill_service_job_{name}", ONE_JOB, more)


def _selector(name: str, matchers: str, more: Sequence[str]) -> str:
    return f"{name}{{{','.join((matchers, *more))}}}"


def by_job(expression: str, *labels: str) -> str:
    """Return a value of each job once, with `account`, `job_id` and the labels."""
    return f"max by ({', '.join(('account', 'job_id', *labels))}) ({expression})"


def running(expression: str, selector: str) -> str:
    """Return what holds of running jobs only; `selector` selects their states."""
    return f"({expression}) and ignoring (state) {selector} == 1"


def numbered_states(name: str, matchers: str) -> str:
    """Return the number of each job's state over time: its place in `STATES`."""
    numbers = (
        f'{number} * ({name}{{{matchers},state="{state}"}} == 1)'
        for number, state in enumerate(STATES, 1)
    )
    return by_job(" or ".join(numbers))


def quantile(share: float, histogram: str, change: str, by: str = "") -> str:
    """Return a quantile of a histogram of accounts by the label `by`.

    `change` has `{}` where the selector goes: `rate({}[5m])`. Where nothing was observed there is
    nothing, and not NaN.
    """
    labels = ", ".join(filter(None, ("le", by)))
    buckets = f"sum by ({labels}) ({change.format(of_account(histogram + '_bucket'))})"
    count = f"sum by ({by}) ({change.format(of_account(histogram + '_count'))})"
    return f"histogram_quantile({share}, {buckets}) and on ({by}) {count} > 0"


def expected_end(percent: str, states: str) -> str:
    """Return when running jobs end, in Unix seconds, at the pace of the last 30 minutes.

    A job that moves less than 0.00001 % a second, 116 days for the whole, has no expected end.
    """
    pace = f"(deriv({percent}[30m]) > 0.00001)"
    return by_job(running(f"time() + (100 - {percent}) / {pace}", states))
