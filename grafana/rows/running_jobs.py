"""The table of the jobs that run."""

from grafana_foundation_sdk.builders.table import Panel

from grafana import job, looks, naming, promql
from grafana.known import in_state, lost_jobs, of_jobs
from grafana.panels import About
from grafana.tables import JOB_ID, PROGRESS, TEXT, Column, Rows, table, unit, words

_LAST_KNOWN = "last known"
_NOTES = [*looks.note_words(job.NOTES), *looks.words({_LAST_KNOWN: (_LAST_KNOWN, looks.NOT_YET)})]

_COLUMNS = (
    Column("Name", "job_name", 0, TEXT, filtered=True),
    Column("Job", "job_id", 84, JOB_ID),
    Column("Account", "account", 132, TEXT),
    Column("Type", "job_type", 156, TEXT),
    Column("Note", "note", 100, words(_NOTES)),
    Column("Progress", "Value #progress", 160, PROGRESS),
    Column("Expected end", "Value #end", 116, unit("dateTimeFromNow")),
)


def running_jobs() -> Panel:
    """Return the table of running jobs."""
    about = About(
        "Running jobs",
        "Every job that runs, what is wrong first; a click on its id shows all of it. The progress "
        "is the API's percentComplete, and the expected end is what is left of it at the pace of "
        "the last 30 minutes.",
        "none",
        width=24,
        height=10,
    )
    runs = promql.by_job(f"{in_state('running')} == 1")
    last_known = f'label_replace({lost_jobs()}, "note", "{_LAST_KNOWN}", "", "")'
    expressions = {
        "running": runs,
        "severity": job.severities(),
        "name": naming.names(),
        "type": naming.short_types(),
        "note": f"{job.notes()} or on (account, job_id) ({last_known})",
        "progress": promql.by_job(of_jobs("percent_complete")),
        "end": f"1000 * {job.expected_ends()}",
    }
    return table(about, expressions, _COLUMNS, Rows(of="Value #running", first="Value #severity"))
