"""The families of jobs in the table of metrics."""

from exporter.exposition.family import COUNTER, Family, job_family, job_field, job_series
from exporter.exposition.samples import (
    end_confirmed,
    fetch_error,
    info,
    job_up,
    read_at,
    states,
    status,
)

JOB_FAMILIES: tuple[Family, ...] = (
    job_family(
        "info",
        "Who a job is: the API's accountId and type, the name and labels of the configuration.",
        ("account_id", "job_type", "job_name"),
        info,
    ),
    job_family(
        "status",
        "The word in the API's status when the job was last read, as a label.",
        ("status",),
        status,
    ),
    job_family(
        "state",
        "The state by status and counts when the job was last read: 1 for one, 0 for the others.",
        ("state",),
        states,
    ),
    job_field(
        "percent_complete",
        "The API's percentComplete when the job was last read, 0 to 100.",
        lambda job: job.percent_complete,
    ),
    job_field(
        "items",
        "The API's totalCount when the job was last read: items that the job has to process.",
        lambda job: job.total,
    ),
    job_field(
        "items_successful",
        "The API's totalSuccessful when the job was last read.",
        lambda job: job.successful,
    ),
    job_field(
        "items_failed",
        "The API's totalFailed when the job was last read.",
        lambda job: job.failed,
    ),
    job_field(
        "tasks",
        "Entries in the API's serviceTasks when the job was last read.",
        lambda job: job.tasks,
    ),
    job_field(
        "offline",
        "The API's isOffline when the job was last read: 1 true, 0 false.",
        lambda job: job.offline,
    ),
    job_field(
        "created_timestamp_seconds",
        "The API's createdTimestamp, in Unix seconds.",
        lambda job: job.created,
    ),
    job_field(
        "completed_timestamp_seconds",
        "The API's completedTimestamp, in Unix seconds.",
        lambda job: job.completed,
    ),
    job_series(
        "end_confirmed",
        "Of a finished job: whether its end is confirmed, having stood for a while: 1 yes, 0 no.",
        end_confirmed,
    ),
    job_series(
        "progress_timestamp_seconds",
        "When status, percentComplete or a count was last seen to change, in Unix seconds.",
        lambda view: None if view.job is None else view.reading.progressed_at,
    ),
    job_series(
        "read_timestamp_seconds",
        "When the values shown for the job were read from the API, in Unix seconds.",
        read_at,
    ),
    job_series(
        "up",
        "Whether the last attempt to read the job worked: 1 yes, 0 no.",
        job_up,
    ),
    job_series(
        "fetch_errors_total",
        "Failed attempts to read the job.",
        lambda view: view.reading.errors,
        COUNTER,
    ),
    job_family(
        "fetch_error",
        "Why the last attempt to read the job failed; absent when it worked.",
        ("reason",),
        fetch_error,
    ),
)
"""Every family of jobs, in the order of the exposition. A probe shows only these."""
