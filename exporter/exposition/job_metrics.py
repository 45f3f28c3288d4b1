"""The part of the table of metrics that is of each job: what a probe shows."""

from exporter.exposition.samples import (
    COUNTER,
    end_confirmed,
    fetch_error,
    info,
    job_up,
    of_each_job,
    of_jobs,
    of_values,
    read_at,
    states,
    status,
)
from exporter.exposition.text import Family

JOB_FAMILIES: tuple[Family, ...] = (
    of_each_job(
        "info",
        "Who a job is: the API's accountId and type, the name and labels of the configuration.",
        ("account_id", "job_type", "job_name"),
        info,
    ),
    of_each_job(
        "status",
        "The word in the API's status when the job was last read, as a label.",
        ("status",),
        status,
    ),
    of_each_job(
        "state",
        "The state by status and counts when the job was last read: 1 for one, 0 for the others.",
        ("state",),
        states,
    ),
    of_values(
        "percent_complete",
        "The API's percentComplete when the job was last read, 0 to 100.",
        lambda job: job.percent_complete,
    ),
    of_values(
        "items",
        "The API's totalCount when the job was last read: items that the job has to process.",
        lambda job: job.total,
    ),
    of_values(
        "items_successful",
        "The API's totalSuccessful when the job was last read.",
        lambda job: job.successful,
    ),
    of_values(
        "items_failed",
        "The API's totalFailed when the job was last read.",
        lambda job: job.failed,
    ),
    of_values(
        "tasks",
        "Entries in the API's serviceTasks when the job was last read.",
        lambda job: job.tasks,
    ),
    of_values(
        "offline",
        "The API's isOffline when the job was last read: 1 true, 0 false.",
        lambda job: job.offline,
    ),
    of_values(
        "created_timestamp_seconds",
        "The API's createdTimestamp, in Unix seconds.",
        lambda job: job.created,
    ),
    of_values(
        "completed_timestamp_seconds",
        "The API's completedTimestamp, in Unix seconds.",
        lambda job: job.completed,
    ),
    of_jobs(
        "end_confirmed",
        "Of a finished job: whether its end is confirmed, having stood for a while: 1 yes, 0 no.",
        end_confirmed,
    ),
    of_jobs(
        "progress_timestamp_seconds",
        "When status, percentComplete or a count was last seen to change, in Unix seconds.",
        lambda view: None if view.job is None else view.reading.progressed_at,
    ),
    of_jobs(
        "read_timestamp_seconds",
        "When the values shown for the job were read from the API, in Unix seconds.",
        read_at,
    ),
    of_jobs(
        "up",
        "Whether the last attempt to read the job worked: 1 yes, 0 no.",
        job_up,
    ),
    of_jobs(
        "fetch_errors_total",
        "Failed attempts to read the job.",
        lambda view: view.reading.errors,
        COUNTER,
    ),
    of_each_job(
        "fetch_error",
        "Why the last attempt to read the job failed; absent when it worked.",
        ("reason",),
        fetch_error,
    ),
)
"""Every family of a job, in the order in which it is shown: all that a probe shows."""
