"""The exporter's main job: a real Prometheus scrapes it while it reads an API over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from exporter.simulator import SimulatedJob, Simulator
from tests.e2e.conftest import Prometheus, prometheus
from tests.e2e.waiting import settled, until
from tests.support.program import LOOPBACK, started
from tests.support.readers import KEY

JOB = {"account", "job_id"}
FAMILIES: dict[str, tuple[str, set[str]]] = {
    "fusebill_service_job_info": (
        "gauge",
        JOB | {"account_id", "job_type", "job_name", "team"},
    ),
    "fusebill_service_job_status": ("gauge", JOB | {"status"}),
    "fusebill_service_job_state": ("gauge", JOB | {"state"}),
    "fusebill_service_job_percent_complete": ("gauge", JOB),
    "fusebill_service_job_items": ("gauge", JOB),
    "fusebill_service_job_items_successful": ("gauge", JOB),
    "fusebill_service_job_items_failed": ("gauge", JOB),
    "fusebill_service_job_tasks": ("gauge", JOB),
    "fusebill_service_job_offline": ("gauge", JOB),
    "fusebill_service_job_created_timestamp_seconds": ("gauge", JOB),
    "fusebill_service_job_completed_timestamp_seconds": ("gauge", JOB),
    "fusebill_service_job_end_confirmed": ("gauge", JOB),
    "fusebill_service_job_progress_timestamp_seconds": ("gauge", JOB),
    "fusebill_service_job_read_timestamp_seconds": ("gauge", JOB),
    "fusebill_service_job_up": ("gauge", JOB),
    "fusebill_service_job_fetch_errors_total": ("counter", JOB),
    "fusebill_service_job_fetch_error": ("gauge", JOB | {"reason"}),
    "fusebill_up": ("gauge", {"account"}),
    "fusebill_fetch_errors_total": ("counter", {"account", "reason"}),
    "fusebill_api_blocked": ("gauge", {"account", "cause"}),
    "fusebill_quota_share_ratio": ("gauge", {"account"}),
    "fusebill_quota_reserve_ratio": ("gauge", {"account"}),
    "fusebill_api_last_answer_timestamp_seconds": ("gauge", {"account"}),
    "fusebill_unreadable_fields_total": ("counter", {"account", "field"}),
    "fusebill_api_requests_total": ("counter", {"account", "code"}),
    "fusebill_api_request_duration_seconds": ("histogram", {"account"}),
    "fusebill_api_rate_limit": ("gauge", {"account", "window"}),
    "fusebill_api_rate_limit_remaining": ("gauge", {"account", "window"}),
    "fusebill_api_rate_limit_reset_timestamp_seconds": ("gauge", {"account", "window"}),
    "fusebill_api_budget_remaining": ("gauge", {"account", "window"}),
    "fusebill_jobs": ("gauge", {"account", "state"}),
    "fusebill_reads_deferred_total": ("counter", {"account", "cause"}),
    "fusebill_jobs_finished_total": ("counter", {"account", "state"}),
    "fusebill_job_duration_seconds": ("histogram", {"account", "state"}),
    "fusebill_exporter_build_info": ("gauge", {"version", "pythonversion"}),
    "fusebill_exporter_config_last_reload_successful": ("gauge", set()),
    "fusebill_exporter_config_last_reload_success_timestamp_seconds": ("gauge", set()),
    "fusebill_exporter_web_config_ok": ("gauge", set()),
    "fusebill_exporter_job_file_ok": ("gauge", {"file"}),
    "fusebill_exporter_collect_duration_seconds": ("gauge", set()),
    "fusebill_exporter_log_lines_dropped_total": ("counter", set()),
    "process_cpu_seconds_total": ("counter", set()),
    "python_info": ("gauge", {"version", "implementation", "major", "minor", "patchlevel"}),
}
"""The families of the contract but those of the quota: type and labels, as Prometheus has them."""

CONFIG = """
accounts:
  - base_url: {base_url}
    jobs: [1, 404]
    job_files: [jobs.d/*.yaml]
"""

JOB_FILE = "- {id: 2, name: q3, labels: {team: billing}}\n"

CREATED = 1_795_478_400.0
"""2026-11-24, midnight UTC: when the jobs were created."""

OF_PROMETHEUS = {"__name__", "job", "instance"}
OF_HISTOGRAM = ("_bucket", "_count", "_sum")


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Run simulator, exporter and Prometheus, and wait until everything has been scraped."""
    folder = tmp_path_factory.mktemp("e2e")
    jobs = [
        SimulatedJob(1, created=CREATED, runs=1000.0),
        SimulatedJob(2, created=CREATED, runs=10.0, failing=0.1),
    ]
    with Simulator(jobs, api_key=KEY, clock=lambda: CREATED + 300) as api:
        file = folder / "config.yaml"
        file.write_text(CONFIG.format(base_url=api.base_url), encoding="utf-8")
        web = folder / "web.yml"
        web.write_text("http_server_config: {headers: {X-Frame-Options: deny}}\n", "utf-8")
        (folder / "jobs.d").mkdir()
        (folder / "jobs.d/october.yaml").write_text(JOB_FILE, encoding="utf-8")
        with (
            started(f"--config.file={file}", f"--web.config.file={web}", LOOPBACK) as program,
            prometheus(folder, {"fusebill": program.addresses[0]}) as server,
        ):
            until_scraped(server)
            yield server


def until_scraped(server: Prometheus) -> None:
    """Wait until the target is up and all jobs were attempted: one scrape may be too short.

    The API knows both jobs, but not the one with the id 404.
    """
    tried = "count by (job, instance) (fusebill_service_job_up) == 3"
    query = f'up{{job="fusebill"}} == 1 and {tried}'
    until(lambda: server.get("query", query=query), result, "not everything was scraped")


def result(found: Any) -> object:
    return found["result"]


def series(server: Prometheus, name: str) -> list[dict[str, str]]:
    found: Any = server.get("series", **{"match[]": f'{{__name__="{name}",job="fusebill"}}'})
    return found


def test_the_target_is_up(scraped: Prometheus) -> None:
    def last_scrape() -> tuple[str, str]:
        targets: Any = scraped.get("targets")
        (target,) = targets["activeTargets"]
        return target["health"], target["lastError"]

    assert settled(last_scrape, lambda found: found == ("up", "")) == ("up", "")


@pytest.mark.parametrize("name", FAMILIES)
def test_each_family_has_arrived_with_its_type_and_labels(scraped: Prometheus, name: str) -> None:
    kind, labels = FAMILIES[name]
    metadata: Any = scraped.get("targets/metadata", match_target='{job="fusebill"}')
    kinds = {entry["metric"]: entry["type"] for entry in metadata}
    suffixes = OF_HISTOGRAM if kind == "histogram" else ("",)
    assert kinds[name.removesuffix("_total")] == kind
    for suffix in suffixes:
        found = series(scraped, name + suffix)
        assert found
        seen = set().union(*found) - OF_PROMETHEUS
        assert seen == labels | ({"le"} if suffix == "_bucket" else set())


def test_no_family_of_ours_arrives_that_is_not_expected(scraped: Prometheus) -> None:
    names: Any = scraped.get("label/__name__/values")
    ours = {name for name in names if name.startswith("fusebill_")}
    expected = {
        name + suffix
        for name, (kind, _) in FAMILIES.items()
        for suffix in (OF_HISTOGRAM if kind == "histogram" else ("",))
    }
    assert ours <= expected


def test_the_values_are_those_of_the_api(scraped: Prometheus) -> None:
    query = 'fusebill_service_job_state{state="partial"} == 1'
    result: Any = scraped.get("query", query=query)
    (found,) = result["result"]
    assert found["metric"]["job_id"] == "2"
