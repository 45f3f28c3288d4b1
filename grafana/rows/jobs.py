"""The table of all jobs: what is wrong first, jobs that have ended well last."""

from grafana_foundation_sdk.builders.table import Panel

from grafana import account, job, looks, naming, promql
from grafana.known import of_jobs
from grafana.panels import About
from grafana.tables import ITEMS_FAILED, JOB_ID, TEXT, Column, Rows, table, unit, words

_REASONS = {
    job.NOT_SCRAPED: (job.NOT_SCRAPED, looks.BAD),
    **{reason: (reason, looks.LATE) for reason in looks.REASONS},
    **account.CAUSES,
}
"""The words and colours of the exporter's trouble, a read's and an account's."""

_COLUMNS = (
    Column("Name", "job_name", 0, TEXT, filtered=True),
    Column("Job", "job_id", 84, JOB_ID),
    Column("Account", "account", 132, TEXT),
    Column("State", "state", 92, words(looks.state_words())),
    Column("Note", "note", 100, words(looks.note_words(job.NOTES))),
    Column("Reason", "reason", 140, words(looks.words(_REASONS))),
    Column("Items failed", "Value #failed", 104, ITEMS_FAILED),
    Column("Age", "Value #age", 76, unit("s", 0)),
)


def jobs() -> Panel:
    """Return the table of jobs."""
    about = About(
        "Jobs, wrong first",
        "Every watched job in one of the chosen states; a click on its id shows all of it. The "
        "note says what is wrong with it besides its state, the reason why nothing new is known of "
        "it, and the age how old its values are.",
        "none",
        width=24,
        height=12,
    )
    expressions = {
        "state": job.states(chosen='state=~"$state"'),
        "severity": job.severities(),
        "name": naming.names(),
        "note": job.notes(),
        "reason": job.reasons(),
        "failed": promql.by_job(of_jobs("items_failed")),
        "age": job.ages(),
    }
    return table(about, expressions, _COLUMNS, Rows(of="Value #state", first="Value #severity"))
