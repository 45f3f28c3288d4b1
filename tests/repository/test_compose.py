"""The stack in compose.yaml: its services find each other, and their images are pinned."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def load(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


SERVICES: dict[str, dict[str, Any]] = load("compose.yaml")["services"]


def test_the_stack_is_the_exporter_prometheus_alertmanager_and_grafana() -> None:
    assert list(SERVICES) == ["exporter", "prometheus", "alertmanager", "grafana"]


def test_the_exporter_is_the_demo_of_this_checkout() -> None:
    exporter = SERVICES["exporter"]
    assert (exporter["build"], exporter["command"][0]) == (".", "demo")


def test_the_exporter_listens_where_its_port_leads() -> None:
    exporter = SERVICES["exporter"]
    assert "--web.listen-address=:10423" in exporter["command"]
    assert exporter["ports"] == ["127.0.0.1:10423:10423"]


@pytest.mark.parametrize("service", ["prometheus", "alertmanager", "grafana"])
def test_an_image_from_elsewhere_is_pinned_to_its_bytes(service: str) -> None:
    image = SERVICES[service]["image"]
    assert re.fullmatch(r"[\w/]+:v?\d+\.\d+\.\d+@sha256:[0-9a-f]{64}", image)


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_listens_beyond_this_machine(service: str) -> None:
    ports = SERVICES[service]["ports"]
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_mounted_is_there_and_cannot_be_written(service: str) -> None:
    for mount in SERVICES[service].get("volumes", []):
        source, _, mode = mount.split(":")
        assert (ROOT / source).exists()
        assert mode == "ro"


def targets(found: Any) -> list[str]:
    return [target for one in found for target in one["targets"]]


def test_prometheus_scrapes_the_exporter_and_knows_the_alertmanager() -> None:
    config = load("prometheus/prometheus.yml")
    (scraped,) = config["scrape_configs"]
    (alertmanager,) = config["alerting"]["alertmanagers"]
    assert (scraped["job_name"], targets(scraped["static_configs"])) == (
        "fusebill",
        ["exporter:10423"],
    )
    assert targets(alertmanager["static_configs"]) == ["alertmanager:9093"]


def test_grafana_shows_the_dashboard_as_its_first_page() -> None:
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    mounts = dict(mount.split(":")[1::-1] for mount in SERVICES["grafana"]["volumes"])
    folder, _, name = home.rpartition("/")
    assert (ROOT / mounts[folder] / name).is_file()
