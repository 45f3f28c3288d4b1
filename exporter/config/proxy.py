"""The proxy on the way to an API: its address, and a user and password that never print."""

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote_to_bytes

from pydantic import PlainValidator, WithJsonSchema

from exporter.config.api_key import Secret
from exporter.config.values import http_url

_PORTS = {"http": 80, "https": 443}

_EXPECTED = (
    "expected a proxy such as http://proxy:3128 or http://user:password@proxy:3128, "
    "with %40 for @, %2F for / and so on in the password"
)
_NO_SOCKS = "expected an http:// or https:// proxy, because SOCKS is not supported"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy. It prints as `proxy:3128 (HTTPS_PROXY)`.

    `scheme` is http or https. `host` is in brackets if it is an IPv6 address. `origin` names what
    says to use the proxy: a key of the configuration, or an environment variable. `authorization`
    is the value of the header `Proxy-Authorization`; None without a user.
    """

    scheme: str
    host: str
    port: int
    origin: str
    authorization: Secret | None = None

    @property
    def url(self) -> str:
        """The address, without the user and the password."""
        return f"{self.scheme}://{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.host}:{self.port} ({self.origin})"


def parse_proxy(text: object, origin: str) -> Proxy:
    """Return the proxy with an address. Raises ValueError, whose message repeats nothing of it."""
    if not isinstance(text, str):
        raise ValueError(_EXPECTED)  # noqa: TRY004  pydantic collects ValueError only
    if re.match("socks[0-9a-z]*:", text, re.IGNORECASE):
        raise ValueError(_NO_SOCKS)
    parts = http_url(text)
    if parts is None or parts.path not in ("", "/"):
        raise ValueError(_EXPECTED)
    host = parts.hostname or ""
    return Proxy(
        scheme=parts.scheme,
        host=f"[{host}]" if ":" in host else host,
        port=parts.port or _PORTS[parts.scheme],
        origin=origin,
        authorization=_authorization(parts.netloc.rpartition("@")[0]),
    )


def _authorization(user: str) -> Secret | None:
    """Return the header for `user:password`; None without a user."""
    if not user:
        return None
    name, _, password = user.partition(":")
    plain = unquote_to_bytes(name) + b":" + unquote_to_bytes(password)
    return Secret(f"Basic {b64encode(plain).decode('ascii')}")


ProxyUrl = Annotated[
    Proxy,
    PlainValidator(lambda text: parse_proxy(text, "proxy_url")),
    WithJsonSchema({"type": "string", "pattern": "^https?://[^/?#]+/?$"}),
]
