"""The web configuration file, in the format of Prometheus's exporter-toolkit.

This version serves plain HTTP without users. A file that asks for more is refused at the start:
settings that protect must never be ignored.
"""

from pathlib import Path

from exporter.document import load_yaml
from exporter.errors import ConfigError, Problem


def refuse_what_is_not_supported(file: Path) -> None:
    """Raise ConfigError when the file asks for anything; an empty one is valid."""
    values, _ = load_yaml(file)
    if values is None or values == {}:
        return
    keys = [str(key) for key in values] if isinstance(values, dict) else [""]
    message = "expected an empty file: this version cannot honour TLS, users or headers yet"
    raise ConfigError(file, [Problem(key, message) for key in keys])
