"""What is said of a job or an account of which two exporters say different things."""

from pathlib import Path

from tests.grafana.committed import expression_of
from tests.grafana.prometheus import check_answer, of

REASONS = expression_of("Jobs, wrong first", "reason")


def blocked(instance: str, value: int) -> dict[str, str]:
    """Return the series of an exporter whose account is blocked, or not."""
    return {
        of("fusebill_service_job_info", instance=instance, job_id="1"): "1x9",
        of("fusebill_api_blocked", instance=instance, cause="key"): f"{value}x9",
    }


def test_a_job_that_one_exporter_can_read_is_not_unreadable(tmp_path: Path) -> None:
    series = {
        of("fusebill_service_job_up", instance=instance, job_id="1"): f"{up}x9"
        for instance, up in (("a", 0), ("b", 1))
    }
    check_answer(tmp_path, expression_of("Jobs unreadable", "now"), series, {"{}": 0})


def test_a_block_is_no_reason_where_another_exporter_is_free(tmp_path: Path) -> None:
    reason = {'{account="demo", job_id="1", reason="key"}': 1}
    check_answer(tmp_path, REASONS, blocked("a", 1), reason)
    check_answer(tmp_path, REASONS, {**blocked("a", 1), **blocked("b", 0)}, {})


def test_the_age_of_values_is_that_of_the_oldest(tmp_path: Path) -> None:
    series = {}
    for job_id, read in (("1", 60), ("2", 180)):
        series[of("fusebill_service_job_state", job_id=job_id, state="running")] = "1x9"
        series[of("fusebill_service_job_read_timestamp_seconds", job_id=job_id)] = f"{read}x9"
    check_answer(tmp_path, expression_of("Age of values"), series, {'{account="demo"}': 4})
