"""The rules as they are shipped, and promtool to ask about them."""

import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.conftest import need

ROOT = Path(__file__).parents[2]
FILE = ROOT / "prometheus/fusebill.rules.yml"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(FILE.read_text("utf-8"))["groups"] for rule in group["rules"]
]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED = {rule["record"]: rule for rule in RULES if "record" in rule}


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run promtool to its end."""
    need("promtool")
    return subprocess.run(
        ["promtool", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
