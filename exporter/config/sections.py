"""The sections of the configuration file, with their keys, defaults and bounds.

Parsing is strict. Parsed durations are in seconds. Values are immutable and hold no secret: a
configuration only names the file or variable of an API key, and `api_key` reads the key.
Users see the docstrings of the sections too: they are the descriptions in the JSON Schema.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic.dataclasses import dataclass

from exporter.config.api_key import KeyFile, KeySource, KeyVariable
from exporter.config.proxy import ProxyUrl
from exporter.config.values import (
    BaseUrl,
    FilePath,
    FilePattern,
    JobId,
    Labels,
    Text,
    VariableName,
    Words,
    duration,
    whole_id,
)
from exporter.model.duration import DAY, HOUR, MINUTE, SECOND, format_duration

DEFAULT_ACCOUNT = "default"
DEFAULT_KEY_VARIABLE = "FUSEBILL_API_KEY"


def _duration_field(seconds: float, description: str) -> Any:
    """Return a field with a default in seconds; the schema shows the default as a duration."""
    written: dict[str, Any] = {"default": format_duration(seconds)}
    return Field(seconds, description=description, json_schema_extra=written)


_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _nothing() -> Mapping[str, Any]:
    """Return the one empty mapping, which all jobs without labels share."""
    return _NOTHING


def _at_least_one(accounts: tuple[Any, ...]) -> tuple[Any, ...]:
    if not accounts:
        message = "expected at least one account"
        raise ValueError(message)
    return accounts


class _Section(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, arbitrary_types_allowed=True
    )


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class WatchedJob:
    """A job to watch: an id alone, or an id with a name and labels for the info metric."""

    # There may be thousands, and a model would take six times the memory of a dataclass. In strict
    # mode a dataclass refuses mappings, so only the id is strict; no text is read from a number.
    id: JobId = Field(
        description="The service job's id, as the API returned it; it may be in quotes."
    )
    name: Text | None = Field(default=None, description="A name of yours, for the info metric.")
    labels: Labels = Field(
        default_factory=_nothing, description="Labels of yours, for the info metric."
    )


def _with_id(value: object) -> object:
    """Turn a job that is an id alone into a mapping."""
    if type(job_id := whole_id(value)) is int:
        return {"id": job_id}
    if not isinstance(value, dict):
        message = "expected a job id, or a mapping with an id"
        raise ValueError(message)  # noqa: TRY004  pydantic collects ValueError only
    return value


_Jobs = tuple[Annotated[WatchedJob, BeforeValidator(_with_id)], ...]


class Quota(_Section):
    """How much of an account's rate limits the exporter may spend."""

    share: float = Field(
        0.25, gt=0, le=1, description="Spend at most this share of the account's limits."
    )
    reserve: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="Spend nothing once the account has no more than this share left.",
    )
    per_minute: int | None = Field(
        None, gt=0, description="Requests a minute, in place of what the API's headers say."
    )
    per_day: int | None = Field(
        None, gt=0, description="Requests a day, in place of what the API's headers say."
    )


class TlsConfig(_Section):
    """The TLS connections to the API, as in Prometheus's HTTP client configuration."""

    ca_file: FilePath | None = Field(
        None,
        description="Certificate authorities, in place of the system's; read again when it "
        "changes.",
    )
    cert_file: FilePath | None = Field(
        None, description="A client certificate, with its chain; read again when it changes."
    )
    key_file: FilePath | None = Field(
        None, description="Its private key, without a password; read again when it changes."
    )


class Account(_Section):
    """An account of the billing platform, and the jobs to watch in it."""

    name: Text = Field(
        DEFAULT_ACCOUNT,
        description="The `account` label; required when there is more than one account.",
    )
    base_url: BaseUrl = Field(
        "https://secure.fusebill.com/v1",
        description="The API; https only, except for a loopback address.",
    )
    api_key_file: FilePath | None = Field(
        None, description="A file with the API key; read again when it changes."
    )
    api_key_env: VariableName | None = Field(
        None,
        repr=False,  # the user may have put the key itself here
        description=f"Or an environment variable with it; by default {DEFAULT_KEY_VARIABLE}.",
    )
    proxy_url: ProxyUrl | None = Field(
        None, description="The proxy to the API; else HTTPS_PROXY, ALL_PROXY and NO_PROXY count."
    )
    tls_config: TlsConfig = Field(default_factory=TlsConfig)
    jobs: _Jobs = Field((), strict=False, description="The jobs to watch.")
    job_files: tuple[FilePattern, ...] = Field(
        (), strict=False, description="Patterns of files that each hold such a list of jobs."
    )
    quota: Quota = Field(default_factory=Quota)

    def key_source(self) -> KeySource:
        """Return the source of this account's API key."""
        if self.api_key_file is not None:
            return KeyFile(self.api_key_file)
        return KeyVariable(self.api_key_env or DEFAULT_KEY_VARIABLE)


def _no_more_often(finished: float, info: ValidationInfo) -> float:
    """Check that finished jobs are not read more often than unfinished ones; 0 means never."""
    active = info.data.get("active", 0.0)
    if 0 < finished < active:
        message = f"expected at least refresh.active, {format_duration(active)}, or 0"
        raise ValueError(message)
    return finished


class Refresh(_Section):
    """How often jobs are read, and how."""

    active: Annotated[float, *duration(0.1 * SECOND, DAY)] = _duration_field(
        10 * SECOND, "An unfinished job is read at each scrape, but at most this often."
    )
    finished: Annotated[
        float, *duration(SECOND, 365 * DAY, zero=True), AfterValidator(_no_more_often)
    ] = _duration_field(
        DAY,
        "A job whose end has stood long is read again this often; 0: not once its end is "
        "confirmed.",
    )
    timeout: Annotated[float, *duration(0.1 * SECOND, 5 * MINUTE)] = _duration_field(
        10 * SECOND, "One read, in total."
    )
    concurrency: int = Field(8, ge=1, le=64, description="Reads at once, for each account.")
    stale_after: Annotated[float, *duration(SECOND, 365 * DAY)] = _duration_field(
        HOUR, "Values of an unfinished job older than this are withheld."
    )


class Config(_Section):
    """The whole configuration file."""

    accounts: Annotated[tuple[Account, ...], AfterValidator(_at_least_one)] = Field(
        strict=False, description="The accounts, at least one.", json_schema_extra={"minItems": 1}
    )
    refresh: Refresh = Field(default_factory=Refresh)
    scrape_timeout: Annotated[float, *duration(SECOND, 10 * MINUTE)] = _duration_field(
        10 * SECOND, "The timeout of a scraper that does not say its own."
    )
    statuses: Words = Field(
        default_factory=_nothing, description="More status words of the API's, each with its state."
    )


class JobList(_Section):
    """The content of a job file: a list as under `jobs`."""

    jobs: _Jobs = Field((), strict=False)


KNOWN_KEYS: Mapping[str, Collection[str]] = {
    "": Config.model_fields,
    "accounts": Account.model_fields,
    "jobs": WatchedJob.__dataclass_fields__,
    "tls_config": TlsConfig.model_fields,
    "quota": Quota.model_fields,
    "refresh": Refresh.model_fields,
}
"""The keys of each section, by the section's key; the root has the empty name."""
