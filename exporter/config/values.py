"""The types of single values of the configuration, each with its check.

A check takes a value of the file and returns its final form, or raises ValueError saying what was
expected. No message repeats the value: it may be a secret in the wrong place.
"""

import glob
import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema

from exporter.model.duration import SCHEMA_PATTERN, format_duration, parse_duration
from exporter.model.field_readers import LARGEST_ID
from exporter.model.state import State

LABELS_OF_INFO = ("account", "job_id", "account_id", "job_type", "job_name")
"""The labels that the exporter sets on `fusebill_service_job_info`. Users cannot set them."""

LABELS_OF_PROMETHEUS = ("le", "quantile")
"""Labels that Prometheus reserves for the buckets of histograms and the quantiles of summaries.

`promtool check metrics` reports them on a gauge as an error.
"""

_QUOTED_ID = re.compile(rf"[1-9][0-9]{{0,{len(str(LARGEST_ID)) - 1}}}")


def duration(
    least: float, most: float, *, zero: bool = False
) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return a check for durations between two bounds (in seconds), and its JSON Schema.

    With `zero`, 0 is valid too.
    """

    def parse(value: object) -> float:
        text = "0" if value == 0 and not isinstance(value, bool) else value
        try:
            seconds = parse_duration(text) if isinstance(text, str) else None
        except ValueError:
            seconds = None
        if seconds is None:
            message = "expected a duration such as 30s, 5m or 1h30m"
            raise ValueError(message)
        if not (least <= seconds <= most or (zero and seconds == 0)):
            bounds = f"from {format_duration(least)} to {format_duration(most)}"
            message = f"expected a duration {bounds}{', or 0' if zero else ''}"
            raise ValueError(message)
        return seconds

    text: dict[str, object] = {"type": "string", "minLength": 1, "pattern": SCHEMA_PATTERN}
    schema: dict[str, object] = {"anyOf": [text, {"const": 0}]} if zero else text
    return BeforeValidator(parse), WithJsonSchema(schema)


def _text(value: str) -> str:
    """Check a text that becomes a label value: it must be valid Unicode."""
    if not _encodable(value):
        message = "expected valid Unicode, without half of a surrogate pair"
        raise ValueError(message)
    return value


def _encodable(text: str) -> bool:
    """Tell whether a text can be encoded; half of a surrogate pair, as YAML can write, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _base_url(value: str) -> str:
    """Check an API address: https, to protect the key, and only a scheme, host and path."""
    message = "expected an address such as https://secure.fusebill.com/v1"
    if any(sign in value for sign in "@?#"):  # after a slash in a user, urlsplit sees a path
        message += ", without a user, a query or a fragment"
        raise ValueError(message)
    parts = http_url(value)
    if parts is None:
        raise ValueError(message)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        message = "expected https (http is for a loopback address only)"
        raise ValueError(message)
    return value.rstrip("/")


def http_url(text: str) -> SplitResult | None:
    """Return the parts of an address with a host; None unless it is one for http or https."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9._:%-]+", host):
        return None
    if port == 0 or not re.fullmatch(r"[!-~]+", text) or "?" in text or "#" in text:
        return None
    return parts


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address can only mean this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def whole_id(value: object) -> object:
    """Return the number that an id in quotes means, as templates write it; else the value itself.

    Only digits as the API writes them count, without a leading zero and no more than an id has.
    """
    return int(value) if isinstance(value, str) and _QUOTED_ID.fullmatch(value) else value


def _job_id(value: object) -> object:
    """Return an id as a number; `Field` checks its bounds."""
    found = whole_id(value)
    if type(found) is not int:
        message = f"expected a job id, a whole number from 1 to {LARGEST_ID}"
        raise ValueError(message)
    return found


def _label_name(value: str) -> str:
    """Check a label name: valid in Prometheus's data model, and not reserved."""
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", value) or value.startswith("__"):
        message = "expected a label name: letters, digits and _, not starting with a digit or __"
        raise ValueError(message)
    if value in LABELS_OF_INFO:
        message = f"expected a label other than the exporter's own ({', '.join(LABELS_OF_INFO)})"
        raise ValueError(message)
    if value in LABELS_OF_PROMETHEUS:
        message = (
            "expected a label that Prometheus does not reserve for histograms and summaries "
            f"({', '.join(LABELS_OF_PROMETHEUS)})"
        )
        raise ValueError(message)
    return value


def _variable(value: str) -> str:
    """Check that a shell accepts the name of an environment variable."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        message = "expected the name of an environment variable"
        raise ValueError(message)
    return value


def _path(value: object, info: ValidationInfo) -> Path:
    """Join a path to the folder of the file that names it."""
    return _folder(info) / _path_text(value)


def _pattern(value: object, info: ValidationInfo) -> Path:
    """Join a pattern to the folder of the file that names it. Escape wildcards in the folder."""
    return Path(glob.escape(str(_folder(info)))) / _path_text(value)


def _path_text(value: object) -> str:
    """Check that a value can be the path of a file."""
    if not isinstance(value, str) or not value or "\0" in value or not _encodable(value):
        message = "expected the path of a file"
        raise ValueError(message)
    return value


def _folder(info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    return folder


def _words(value: Mapping[str, State]) -> Mapping[str, State]:
    """Turn the status words into lower case, for comparisons without regard to case."""
    return MappingProxyType({word.casefold(): state for word, state in value.items()})


JobId = Annotated[
    int,
    BeforeValidator(_job_id),
    Field(strict=True, gt=0, lt=LARGEST_ID + 1),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
                {"type": "string", "pattern": "^[1-9][0-9]*$"},
            ]
        }
    ),
]
Text = Annotated[str, Field(min_length=1), AfterValidator(_text)]
Labels = Annotated[
    Mapping[Annotated[str, AfterValidator(_label_name)], Annotated[str, AfterValidator(_text)]],
    AfterValidator(lambda labels: MappingProxyType(dict(labels))),
]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
VariableName = Annotated[str, AfterValidator(_variable)]
FilePath = Annotated[Path, BeforeValidator(_path), WithJsonSchema({"type": "string"})]
FilePattern = Annotated[Path, BeforeValidator(_pattern), WithJsonSchema({"type": "string"})]
Words = Annotated[
    Mapping[Annotated[str, Field(min_length=1)], Annotated[State, Field(strict=False)]],
    AfterValidator(_words),
]
