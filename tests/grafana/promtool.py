"""Expressions as Prometheus evaluates them, by promtool's unit tests."""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.prometheus import shipped

Series = Mapping[str, str]
"""Values by series."""


def check(
    folder: Path, series: Series, expected: Mapping[str, Mapping[str, str | float]], minutes: int
) -> None:
    """Compare what Prometheus computes of series with the samples that are expected.

    Each series has its values in promtool's notation, one a minute from time 0; each expression is
    evaluated after so many minutes.
    """
    asked = [
        {
            "expr": expression,
            "eval_time": f"{minutes}m",
            "exp_samples": [
                {"labels": labels, "value": float(value)} for labels, value in samples.items()
            ],
        }
        for expression, samples in expected.items()
    ]
    case = {
        "interval": "1m",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "promql_expr_test": asked,
    }
    file = folder / "case.yml"
    file.write_text(json.dumps({"tests": [case]}), "utf-8")
    done = shipped.promtool("test", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr
