"""The documented scrape configuration for `/probe`, in a real Prometheus."""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.simulator import SimulatedJob, Simulator
from tests.e2e.conftest import Prometheus, prometheus
from tests.e2e.waiting import settled, until
from tests.support.program import LOOPBACK, started, write_config
from tests.support.readers import KEY

OPERATIONS = Path(__file__).parents[2] / "docs/operations.md"
TARGETS = ["2607617", "2607618"]
MISTYPED = "26O7617"


def documented(folder: Path, address: str) -> dict[str, Any]:
    """Return the documented configuration, changed to scrape `address` every second."""
    (text,) = re.findall(
        r"```yaml\n(scrape_configs:\n  - job_name: fusebill-probe.*?)```",
        OPERATIONS.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    (config,) = yaml.safe_load(text.replace("localhost:10423", address))["scrape_configs"]
    (folder / "jobs").mkdir()
    targets = json.dumps([{"targets": [*TARGETS, MISTYPED]}])
    (folder / "jobs/mine.json").write_text(targets, encoding="utf-8")
    return config | {"scrape_interval": "1s", "scrape_timeout": "1s", "static_configs": []}


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Run simulator, exporter and Prometheus until both jobs have been probed."""
    folder = tmp_path_factory.mktemp("probe")
    jobs = [SimulatedJob(int(target), created=1.0) for target in TARGETS]
    with Simulator(jobs, api_key=KEY) as api:
        config = f"--config.file={write_config(folder, api.base_url)}"
        with started(config, LOOPBACK) as program:
            address = program.addresses[0]
            settings = {"fusebill-probe": documented(folder, address)}
            with prometheus(folder, {"fusebill-probe": address}, settings=settings) as server:
                until(partial(found, server, "fusebill_service_job_up == 1"), both, "no probe")
                yield server


def found(server: Prometheus, query: str) -> list[dict[str, str]]:
    answer: Any = server.get("query", query=query)
    return [sample["metric"] for sample in answer["result"]]


def both(samples: list[dict[str, str]]) -> bool:
    return len(samples) == len(TARGETS)


def test_each_target_is_one_job_under_the_name_that_the_rules_know(probed: Prometheus) -> None:
    series = found(probed, 'fusebill_service_job_state{state="succeeded"} == 1')
    assert sorted(
        (one["job"], one["instance"], one["account"], one["job_id"]) for one in series
    ) == [("fusebill", target, "live", target) for target in TARGETS]
    assert not {label for one in series for label in one if label.startswith("exported_")}


def test_a_target_is_no_exporter_and_says_which_job_it_asks_for(probed: Prometheus) -> None:
    down = partial(found, probed, "up == 0")
    (mistyped,) = settled(down, lambda targets: len(targets) == 1)
    assert mistyped == {
        "__name__": "up",
        "job": "fusebill-probe",
        "instance": MISTYPED,
        "account": "live",
        "job_id": MISTYPED,
    }
    assert found(probed, 'up{job="fusebill"}') == []


def test_a_probe_brings_nothing_but_its_job(probed: Prometheus) -> None:
    names: Any = probed.get("label/__name__/values")
    ours = {name for name in names if name.startswith("fusebill_")}
    assert ours
    assert all(name.startswith("fusebill_service_job_") for name in ours)
