"""The table of metrics. `/metrics` shows it, and the documentation lists it; tests check both."""

import platform

from exporter import __version__
from exporter.exposition.family import (
    COUNTER,
    GAUGE,
    HISTOGRAM,
    Family,
    account_family,
    account_series,
    exporter_series,
)
from exporter.exposition.job_metrics import JOB_FAMILIES
from exporter.exposition.samples import (
    blocked,
    blocked_until,
    counts_of,
    job_file_ok,
    job_seconds,
    jobs_by_state,
    request_seconds,
    windows_of,
)

FAMILIES: tuple[Family, ...] = (
    *JOB_FAMILIES,
    account_series(
        "up",
        "Whether the API answers and accepts the account's key, by its last reads: 1 yes, 0 no.",
        lambda account: account.up,
    ),
    account_family(
        "fetch_errors_total",
        COUNTER,
        "Failed attempts to read a job of the account, by reason.",
        ("reason",),
        counts_of("reason", lambda account: account.counters.errors),
    ),
    account_family(
        "api_blocked",
        GAUGE,
        "Whether a cause stops all reads of the account: 1 for at most one, 0 for the others.",
        ("cause",),
        blocked,
    ),
    account_family(
        "api_blocked_until_timestamp_seconds",
        GAUGE,
        "Until when reads are stopped, in Unix seconds; absent while none are or nobody knows.",
        ("cause",),
        blocked_until,
    ),
    account_series(
        "quota_share_ratio",
        "The configured share of the account's limits that the exporter may spend, 0 to 1.",
        lambda account: account.share,
    ),
    account_series(
        "quota_reserve_ratio",
        "The configured share of the account's limits that is left to others, 0 to 1.",
        lambda account: account.reserve,
    ),
    account_series(
        "api_last_answer_timestamp_seconds",
        "When the API last answered and accepted the key, in Unix seconds; a 429 does not count.",
        lambda account: account.answered_at,
    ),
    account_family(
        "unreadable_fields_total",
        COUNTER,
        "Fields of the API's answers that could not be read and are absent, by the API's name.",
        ("field",),
        counts_of("field", lambda account: account.counters.unreadable),
    ),
    account_family(
        "api_requests_total",
        COUNTER,
        "Requests to the API, by HTTP status, or none where no whole answer came.",
        ("code",),
        counts_of("code", lambda account: account.counters.requests),
    ),
    account_family(
        "api_request_duration_seconds",
        HISTOGRAM,
        "How long requests to the API took, answered or not.",
        (),
        request_seconds,
    ),
    account_family(
        "api_rate_limit",
        GAUGE,
        "Requests that the account may make in a window, as the API last said it.",
        ("window",),
        windows_of(lambda window: window.limit),
    ),
    account_family(
        "api_rate_limit_remaining",
        GAUGE,
        "Requests that the account had left in a window, as the API last said it.",
        ("window",),
        windows_of(lambda window: window.remaining),
    ),
    account_family(
        "api_rate_limit_reset_timestamp_seconds",
        GAUGE,
        "When a window ends, as the API last said it, in Unix seconds.",
        ("window",),
        windows_of(lambda window: window.reset),
    ),
    account_family(
        "api_budget_remaining",
        GAUGE,
        "Requests that the exporter may still make in a window now, by its share and the reserve.",
        ("window",),
        windows_of(lambda window: window.budget),
    ),
    account_family(
        "jobs",
        GAUGE,
        "Watched jobs by state; unread are those without values to show.",
        ("state",),
        counts_of("state", jobs_by_state),
    ),
    account_family(
        "reads_deferred_total",
        COUNTER,
        "Reads that a scrape found due and deferred to a later one, by cause.",
        ("cause",),
        counts_of("cause", lambda account: account.counters.deferred),
    ),
    account_family(
        "jobs_finished_total",
        COUNTER,
        "Jobs that were seen to finish, each once when its end is confirmed, by state.",
        ("state",),
        counts_of("state", lambda account: account.counters.finished),
    ),
    account_family(
        "job_duration_seconds",
        HISTOGRAM,
        "From createdTimestamp to completedTimestamp, of jobs that were seen to finish.",
        ("state",),
        job_seconds,
    ),
    exporter_series(
        "build_info",
        "The exporter's version and the Python that runs it.",
        lambda _: 1,
        {"version": __version__, "pythonversion": platform.python_version()},
    ),
    exporter_series(
        "config_last_reload_successful",
        "Whether the last load of the configuration worked: 1 yes, 0 no.",
        lambda snapshot: snapshot.config.ok,
    ),
    exporter_series(
        "config_last_reload_success_timestamp_seconds",
        "When the configuration was last loaded, in Unix seconds.",
        lambda snapshot: snapshot.config.loaded_at,
    ),
    exporter_series(
        "web_config_ok",
        "Whether the web configuration and its files are in force as they stand: 1 yes, 0 no.",
        lambda snapshot: None if snapshot.web_config is None else snapshot.web_config.ok,
    ),
    Family(
        "fusebill_exporter_job_file_ok",
        GAUGE,
        "Whether a job file is good as it stands: 1 yes; 0 no, and the last good list is used.",
        ("file",),
        job_file_ok,
    ),
    exporter_series(
        "collect_duration_seconds",
        "How long the last collection, reads of the API included, took.",
        lambda snapshot: snapshot.collect_seconds,
    ),
    exporter_series(
        "log_lines_dropped_total",
        "Lines of the log that were dropped, as nobody took them in time.",
        lambda snapshot: snapshot.log_lines_dropped,
        kind=COUNTER,
    ),
)
"""Every family except those of the process and of Python, in the order of the exposition."""
