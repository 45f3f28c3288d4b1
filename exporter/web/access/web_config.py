"""The web configuration file, in the format of Prometheus's exporter-toolkit.

Operators can use the same file as for other exporters. The exporter knows every key of the format.
A protective setting must never be ignored, so a setting that cannot be honoured is refused with the
reason. Source: the toolkit's `docs/web-configuration.md` and `web/tls_config.go`.
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


def _without_nulls(value: object) -> object:
    """Return a section without its null values; an empty section if the section itself is null."""
    if value is None:
        return {}
    if isinstance(value, dict):
        return {key: inner for key, inner in value.items() if inner is not None}
    return value


def _tls(value: object) -> object:
    """Treat a section whose keys are all empty as absent."""
    left = without_empty(value) if isinstance(value, dict) else value
    return left or None if isinstance(left, dict) else left


class _Section(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nulls(cls, value: object) -> object:
        return _without_nulls(value)


class TlsServerConfig(_Section):
    """TLS: the server's certificate, and whether clients need one."""

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


def _header_name(field: str) -> str:
    return "X-XSS-Protection" if field == "x_xss_protection" else field.replace("_", "-").title()


class Headers(_Section):
    """Headers for every answer; the toolkit allows no others."""

    model_config = ConfigDict(alias_generator=AliasGenerator(alias=_header_name))

    content_security_policy: HeaderValue = ""
    strict_transport_security: HeaderValue = ""
    x_content_type_options: NoSniff = ""
    x_frame_options: FrameOptions = ""
    x_xss_protection: HeaderValue = ""


HEADERS = tuple(_header_name(field) for field in Headers.model_fields)


class HttpServerConfig(_Section):
    """HTTP: headers; HTTP/2 is not supported."""

    http2: Http2 = False
    headers: Headers = Headers()


class RequestLimit(_Section):
    """The size of a token bucket: `burst` requests, and one more each `interval` seconds.

    An interval of 0 means no limit.
    """

    interval: Annotated[float, *duration(0.001, DAY, zero=True)] = 0.0
    burst: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _needs_a_burst(self) -> "RequestLimit":
        if self.interval and not self.burst:
            message = "expected a burst of at least 1: without one, every request would be refused"
            raise ValueError(message)
        return self


class WebConfig(_Section):
    """The web configuration as a whole."""

    tls_server_config: Annotated[TlsServerConfig | None, BeforeValidator(_tls)] = None
    http_server_config: HttpServerConfig = HttpServerConfig()
    basic_auth_users: Mapping[UserName, BcryptHash] = Field(default_factory=dict, repr=False)
    rate_limit: RequestLimit = RequestLimit()

    @property
    def headers(self) -> Mapping[str, str]:
        """The configured headers, by name; those with an empty value are left out."""
        named = self.http_server_config.headers.model_dump(by_alias=True)
        return {name: value for name, value in named.items() if value}


KNOWN_KEYS: Mapping[str, Collection[str]] = {
    "": WebConfig.model_fields,
    "tls_server_config": TlsServerConfig.model_fields,
    "http_server_config": HttpServerConfig.model_fields,
    "headers": HEADERS,
    "rate_limit": RequestLimit.model_fields,
}
"""The known keys of each section, by the section's name; the file itself has the empty name."""


def parse_web_config(values: object, file: Path, duplicates: Collection[Problem] = ()) -> WebConfig:
    """Return the WebConfig made of the values of a web configuration. Reads no file.

    An empty file means neither TLS nor users. Relative paths are relative to the folder of `file`.
    Raises ConfigError with the `duplicates` (the problems of repeated keys) and every problem in
    the values.
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
    """Return the TLS section of a file with problems in other sections; None if it is bad too."""
    section = values.get("tls_server_config") if isinstance(values, dict) else None
    try:
        return parse_web_config({"tls_server_config": section}, file).tls_server_config
    except ConfigError:
        return None
