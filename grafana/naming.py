"""What jobs are called: their names, their types and the API's words, as labels."""

from grafana.known import FOR, lost_jobs, of_jobs
from grafana.promql import ACCOUNT, at_end, by_job, equals, one_each, selector

_LONGEST_TYPE = 18
"""Characters of a type in a table: of a longer one the end, which tells it from others."""


def names(matchers: str = ACCOUNT) -> str:
    """Return a value of 1 for each job by `job_name`: its name, or its id where it has none."""
    return _names(*(of_jobs("info", name, matchers=matchers) for name in _NAMED_OR_NOT))


_NAMED_OR_NOT = ('job_name!=""', equals("job_name", ""))


def _names(named: str, nameless: str) -> str:
    by_id = f'label_replace({by_job(nameless)}, "job_name", "$1", "job_id", "(.+)")'
    return one_each(f"{by_job(named, 'job_name')} or on (account, job_id) {by_id}")


def types(matchers: str = ACCOUNT) -> str:
    """Return a value of 1 for each job that was read, by `job_type`."""
    known = of_jobs("info", 'job_type!=""', matchers=matchers)
    return one_each(by_job(known, "job_type"))


def api_words(matchers: str = ACCOUNT) -> str:
    """Return a value for each job that was read, by the API's word for it, `status`.

    A job has a series for each word that it had in the last hour: the latest is the last known.
    """
    word = selector("fusebill_service_job_status", matchers)
    latest = f"max_over_time(timestamp({word})[{FOR}:10s])"
    known = by_job(f"{latest} and on (account, job_id) {lost_jobs(matchers)}", "status")
    return one_each(f"{by_job(word, 'status')} or on (account, job_id) {known}")


def short_types(matchers: str = ACCOUNT) -> str:
    """Return the same with types that fit into a column of a table."""
    longer = f'job_type=~".{{{_LONGEST_TYPE + 1},}}"'
    short = of_jobs("info", f'job_type=~".{{1,{_LONGEST_TYPE}}}"', matchers=matchers)
    long = by_job(of_jobs("info", longer, matchers=matchers), "job_type")
    end = f".+?([A-Z].{{8,{_LONGEST_TYPE - 2}}})"
    cut = f'label_replace({long}, "job_type", "…$1", "job_type", "{end}")'
    return one_each(f"{by_job(short, 'job_type')} or {cut}")


def named(expression: str, matchers: str = ACCOUNT) -> str:
    """Return values of jobs, by `account` and `job_id`, with the label `job_name`."""
    return f"({expression}) * on (account, job_id) group_left (job_name) {names(matchers)}"


def legends(expression: str) -> str:
    """Return values of jobs over time with the label `job_name`, which tells jobs apart.

    A name that several jobs have, by the end of the dashboard's time, is followed by the id.
    """
    info = (selector("fusebill_service_job_info", ACCOUNT, name) for name in _NAMED_OR_NOT)
    each = at_end(_names(*(f"last_over_time({one}[$__range])" for one in info)))
    several = f"count by (job_name) ({each}) > 1"
    told_apart = (
        f"{each} unless on (job_name) ({several}) or "
        f'label_join({each} and on (job_name) ({several}), "job_name", " ", "job_name", "job_id")'
    )
    return f"({expression}) * on (account, job_id) group_left (job_name) ({told_apart})"
