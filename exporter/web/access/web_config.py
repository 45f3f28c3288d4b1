"""The web configuration file, in the format of Prometheus's exporter-toolkit.

An operator gives the file that his other exporters have. Every key of the format is known; what
cannot be honoured is refused with the reason, since settings that protect must never be ignored.
Source: the toolkit's `docs/web-configuration.md` and `web/tls_config.go`.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AliasGenerator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from exporter.config.problems import in_order, problems_of
from exporter.config.values import FilePath, duration
from exporter.model.duration import DAY
from exporter.model.errors import ConfigError, Problem
from exporter.web.access.tls_clashes import tls_clashes
from exporter.web.access.tls_values import ClientAuth, Curves, Names, Suites, Version, without_empty
from exporter.web.access.web_values import (
    BcryptHash,
    FrameOptions,
    HeaderValue,
    Http2,
    NoSniff,
    UserName,
)


def without_nulls(value: object) -> object:
    """Leave out the keys that stand without a value; a section without any is an empty one."""
    if value is None:
        return {}
    if isinstance(value, dict):
        return {key: inner for key, inner in value.items() if inner is not None}
    return value


def _tls(value: object) -> object:
    """Take a section of which nothing is left for one that is not there."""
    left = without_empty(value) if isinstance(value, dict) else value
    return left or None if isinstance(left, dict) else left


class _Section(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: object) -> object:
        return without_nulls(value)


class TlsServerConfig(_Section):
    """TLS: the server's certificate, and whether clients have to have one."""

    cert: str | None = None
    cert_file: FilePath | None = None
    key: str | None = Field(None, repr=False)
    key_file: FilePath | None = None
    client_ca: str | None = None
    client_ca_file: FilePath | None = None
    client_auth_type: ClientAuth = ""
    client_allowed_sans: Names | None = Field(None, strict=False)
    cipher_suites: Suites = Field((), strict=False)
    curve_preferences: Curves = Field((), strict=False)
    min_version: Version = "TLS12"
    max_version: Version = "TLS13"
    prefer_server_cipher_suites: bool = True

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are named."""
        named = (self.cert_file, self.key_file, self.client_ca_file)
        return tuple(file for file in named if file is not None)


def _header_name(field: str) -> str:
    return "X-XSS-Protection" if field == "x_xss_protection" else field.replace("_", "-").title()


class Headers(_Section):
    """Headers of every answer; the toolkit allows these and no others."""

    model_config = ConfigDict(alias_generator=AliasGenerator(alias=_header_name))

    content_security_policy: HeaderValue = ""
    strict_transport_security: HeaderValue = ""
    x_content_type_options: NoSniff = ""
    x_frame_options: FrameOptions = ""
    x_xss_protection: HeaderValue = ""


HEADERS = tuple(_header_name(field) for field in Headers.model_fields)


class HttpServerConfig(_Section):
    """HTTP: headers, and no HTTP/2."""

    http2: Http2 = False
    headers: Headers = Headers()


class RateLimit(_Section):
    """A bucket of `burst` requests; one comes back each `interval` seconds. 0 is no limit."""

    interval: Annotated[float, *duration(0.001, DAY, zero=True)] = 0.0
    burst: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _with_a_burst(self) -> "RateLimit":
        if self.interval and not self.burst:
            message = "expected a burst of at least 1: without, every request would be refused"
            raise ValueError(message)
        return self


class WebConfig(_Section):
    """The whole file."""

    tls_server_config: Annotated[TlsServerConfig | None, BeforeValidator(_tls)] = None
    http_server_config: HttpServerConfig = HttpServerConfig()
    basic_auth_users: Mapping[UserName, BcryptHash] = Field(default_factory=dict, repr=False)
    rate_limit: RateLimit = RateLimit()

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that every answer gets."""
        named = self.http_server_config.headers.model_dump(by_alias=True)
        return {name: value for name, value in named.items() if value}


KNOWN_KEYS: Mapping[str, Collection[str]] = {
    "": WebConfig.model_fields,
    "tls_server_config": TlsServerConfig.model_fields,
    "http_server_config": HttpServerConfig.model_fields,
    "headers": HEADERS,
    "rate_limit": RateLimit.model_fields,
}
"""The keys of each section, by the name under which it stands."""


def parse_web_config(values: object, file: Path, duplicates: Collection[Problem] = ()) -> WebConfig:
    """Turn the values of the file `file` into a WebConfig; reads nothing.

    An empty file is one without TLS and users. Relative paths belong to its folder. Raises
    ConfigError with the duplicate keys that were found and everything that is wrong in the values.
    """
    problems = [*duplicates, *tls_clashes(values)]
    context: dict[str, Any] = {"folder": file.parent}
    try:
        config = WebConfig.model_validate(values, context=context)
    except ValidationError as error:
        problems += problems_of(error, values, KNOWN_KEYS)
    if problems:
        raise ConfigError(file, in_order(problems))
    return config


def tls_section(values: object, file: Path) -> TlsServerConfig | None:
    """Return the section about TLS of a file that is wrong elsewhere; None when it is not good."""
    section = values.get("tls_server_config") if isinstance(values, dict) else None
    try:
        return parse_web_config({"tls_server_config": section}, file).tls_server_config
    except ConfigError:
        return None
