"""The tables of accounts and exporters: who is blind, and since when."""

from grafana_foundation_sdk.builders.table import Panel

from grafana import account, looks, promql
from grafana.known import of_exporters
from grafana.panels import About
from grafana.tables import TEXT, Column, Rows, table, unit, words

_ACCOUNT_COLUMNS = (
    Column("Account", "account", 0, TEXT),
    Column("API", "Value #api", 140, words(looks.words(account.API_WORDS))),
    Column("Blocked until", "Value #until", 124, unit("dateTimeFromNow")),
    Column("Last answer", "Value #answer", 124, unit("dateTimeFromNow")),
    Column("Quota left", "Value #left", 104, unit("percent", 0)),
    Column("Note", "known", 100, TEXT),
)


def accounts() -> Panel:
    """Return the table of accounts."""
    about = About(
        "Accounts",
        "Each account, blocked ones first: what stops all reads, and until when where that is "
        "known; when the API last gave a good answer; the day's requests that are left, as the API "
        "last said it.",
        "none",
        width=24,
        height=8,
    )
    expressions = {
        "api": account.api(),
        "until": f"1000 * ({account.blocked_until()})",
        "answer": f"1000 * {account.last_answers()}",
        "left": account.quota_left(),
        "known": account.last_known(),
    }
    return table(about, expressions, _ACCOUNT_COLUMNS, Rows(first="Value #api"))


_EXPORTER_COLUMNS = (
    Column("Exporter", "instance", 0, TEXT),
    Column("Scraped", "Value #up", 92, words(looks.words(looks.UP_OR_DOWN))),
    Column("Version", "version", 92, TEXT),
    Column("Configuration", "Value #config", 124, words(looks.words(looks.YES_OR_NO))),
    Column("Loaded", "Value #loaded", 124, unit("dateTimeFromNow")),
    Column("Memory", "Value #memory", 92, unit("bytes", 0)),
    Column("Collection", "Value #collect", 100, unit("s", 2)),
)


def exporters() -> Panel:
    """Return the table of exporters."""
    about = About(
        "Exporters",
        "Each exporter, those that are down first, with what was last known of them: whether "
        "Prometheus can scrape it, whether its configuration, web configuration and job files are "
        "in force, when the configuration was last loaded, and how long the last collection took.",
        "none",
        width=24,
        height=5,
        alert="FusebillExporterConfigReloadFailed",
    )
    loaded = of_exporters("fusebill_exporter_config_last_reload_success_timestamp_seconds")
    up = f"min by (instance) ({promql.of_exporters_alone('up')})"
    expressions = {
        "up": up,
        "down": f"1 - {up}",
        "version": _by_instance(of_exporters("fusebill_exporter_build_info"), "version"),
        "config": _in_force(),
        "loaded": f"1000 * {_by_instance(loaded)}",
        "memory": _by_instance(_memory()),
        "collect": _by_instance(of_exporters("fusebill_exporter_collect_duration_seconds")),
    }
    return table(about, expressions, _EXPORTER_COLUMNS, Rows(first="Value #down"))


def _by_instance(expression: str, *labels: str) -> str:
    return f"max by ({', '.join(('instance', *labels))}) ({expression})"


def _memory() -> str:
    """Return the memory of each process that is an exporter."""
    build = of_exporters("fusebill_exporter_build_info")
    return f"{of_exporters('process_resident_memory_bytes')} and on (job, instance) {build}"


def _in_force() -> str:
    """Return 1 for each exporter for which all that is configured is in force, else 0."""
    configuration, web, files = (
        of_exporters(f"fusebill_exporter_{name}")
        for name in ("config_last_reload_successful", "web_config_ok", "job_file_ok")
    )
    # With the labels of the first, `or` would leave it out.
    web = f'label_replace({web}, "of", "web", "", "")'
    return f"min by (instance) ({configuration} or {web} or {files})"
