"""Expressions as Grafana sends them: with values in place of its variables."""

import re
import time

_VARIABLE = re.compile(r"\$(?:\{([^}]+)\}|([a-z_]\w*))")
"""A variable; `$1` and the like are Prometheus's own."""

HOURS = 6
"""The hours that the dashboards show at first."""

CHOSEN = {
    "__rate_interval": "20s",
    "__interval": "1s",
    "__range": "1h",
    "job": ".+",
    "instance": ".+",
    "account": ".+",
    "state": ".+",
    "job_id": "1",
}
"""The values of Grafana's variables unless a test chooses others."""


def asked(expression: str, **chosen: str) -> str:
    """Return an expression with what is chosen. Raises KeyError for a variable that is unknown."""
    values = CHOSEN | {"__from:date:seconds": str(int(time.time() - HOURS * 3600))} | chosen
    return _VARIABLE.sub(lambda found: values[found[1] or found[2]], expression)
