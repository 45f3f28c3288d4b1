"""What an exporter shows, and the rules remember, of the one job of the tests of its tiles."""

from tests.grafana.promtool import Series

ITS = 'job="fusebill",instance="a:1",account="demo",job_id="7"'
ONE = '{account="demo", job_id="7"}'
WATCHED = f"instance_account_job_id:fusebill_service_job:watched{{{ITS}}}"
STALLED = f"instance_account_job_id:fusebill_service_job_stalled:bool{{{ITS}}}"


def of(family: str, more: str = "") -> str:
    return f"fusebill_service_job_{family}{{{ITS}{more}}}"


LAST_STATE = (
    'account_job_id_state:fusebill_service_job_end_confirmed:last{job="fusebill",account="demo",'
    'job_id="7",state="running"}'
)
REMEMBERED = (WATCHED, LAST_STATE)
"""What the rules remember of a job."""

UP = of("up")
STATE = of("state", ',state="running"')
READ = of("read_timestamp_seconds")
INFO = of("info", ',job_name="a job",job_type="a type"')
RUNNING: Series = {
    WATCHED: "1x70",
    LAST_STATE: "0x70",
    STALLED: "0x70",
    INFO: "1x70",
    UP: "1x70",
    STATE: "1x70",
    of("state", ',state="failed"'): "0x70",
    of("state", ',state="unknown"'): "0x70",
    of("status", ',status="Processing"'): "1x70",
    of("percent_complete"): "40x70",
    of("fetch_errors_total"): "0x70",
    READ: "0+60x70",
}
"""A running job that is well."""


def not_scraped(series: Series, at: int = 50) -> Series:
    """Return the same of an exporter that is gone since minute `at`; the rule remembers its job."""
    lost = {
        one: f"{values.removesuffix('x70')}x{at} stale"
        for one, values in series.items()
        if one not in (*REMEMBERED, STALLED)
    }
    kept = {one: series[one] for one in REMEMBERED}
    return {**lost, **kept, STALLED: f"0x{at} stale"}
