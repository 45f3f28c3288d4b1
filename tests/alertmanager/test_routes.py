"""The shipped routes and inhibitions, held against the shipped rules and asked of Alertmanager."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.conftest import need

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "alertmanager" / "alertmanager.yml"
SHIPPED: Any = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
RULES: Any = yaml.safe_load((ROOT / "prometheus" / "fusebill.rules.yml").read_text("utf-8"))

SEVERITIES: dict[str, str] = {
    rule["alert"]: rule["labels"]["severity"]
    for group in RULES["groups"]
    for rule in group["rules"]
    if "alert" in rule
}
"""Of each alert that the rules raise."""

HEARS = {"critical": "on-call", "warning": "team", "info": "team"}
"""Who hears of a severity."""


def amtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    need("amtool")
    return subprocess.run(["amtool", *arguments], capture_output=True, text=True, check=False)


def named(matcher: str) -> Iterator[str]:
    """Return the alerts that a matcher spells out: `alertname=~"A(B|C)|D"` is AB, AC and D."""
    found = re.fullmatch(r'alertname(?:=|=~)"([\w|()]+)"', matcher)
    assert found, f"the tests do not understand {matcher}"
    for alternative in re.split(r"\|(?![^(]*\))", found[1]):
        before, _, rest = alternative.partition("(")
        inside, _, after = rest.partition(")")
        yield from (before + word + after for word in inside.split("|"))


def test_amtool_accepts_the_shipped_configuration() -> None:
    done = amtool("check-config", str(CONFIG))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("name", "severity"), SEVERITIES.items())
def test_an_alert_goes_to_whom_its_severity_concerns(name: str, severity: str) -> None:
    labels = (f"alertname={name}", f"severity={severity}", "job=fusebill", "account=live")
    done = amtool("config", "routes", "test", f"--config.file={CONFIG}", *labels)
    assert (done.returncode, done.stdout.split()) == (0, [HEARS[severity]]), done.stderr


@pytest.mark.parametrize("side", ["source_matchers", "target_matchers"])
def test_an_inhibition_names_only_alerts_that_exist(side: str) -> None:
    names = {name for rule in SHIPPED["inhibit_rules"] for m in rule[side] for name in named(m)}
    assert names
    assert names <= SEVERITIES.keys()


@pytest.mark.parametrize("name", ["FusebillServiceJobFailed", "FusebillServiceJobPartiallyFailed"])
def test_a_job_that_has_ended_badly_is_not_announced_again_with_another(name: str) -> None:
    (route,) = [one for one in SHIPPED["route"]["routes"] if name in str(one["matchers"])]
    assert route["group_by"] == ["alertname", "account", "job_id"]


def test_a_route_names_only_alerts_that_exist() -> None:
    matchers = [m for route in SHIPPED["route"]["routes"] for m in route["matchers"]]
    names = {name for m in matchers if m.startswith("alertname") for name in named(m)}
    assert names
    assert names <= SEVERITIES.keys()
