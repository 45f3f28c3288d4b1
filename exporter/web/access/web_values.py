"""Single values of the web configuration outside of TLS: users, headers and HTTP.

Each check raises ValueError with "expected ..." and never repeats the value, which may be a
password.
"""

import re
from collections.abc import Callable
from typing import Annotated

import bcrypt
from pydantic import AfterValidator, BeforeValidator, Field

_HASH = re.compile(r"\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$([./A-Za-z0-9]{22})[./A-Za-z0-9]{31}")
_MOST_COST = 16
"""The highest cost of a hash: a check takes 5 s. Each step doubles that; 31 takes two days."""

_VISIBLE = re.compile(r"[ -~]*")
"""Visible ASCII and spaces, which every program accepts in a header (RFC 9110, field values)."""


def _as_text(value: object) -> object:
    """Turn an integer into text, as Go does. All are decimal, so no two give the same name."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _user(name: str) -> str:
    """Check a user's name. A colon would end it in an `Authorization` header (RFC 7617)."""
    if ":" in name or not name.isprintable():
        message = "expected a name without a colon or a control character"
        raise ValueError(message)
    return name


def _hash(value: str) -> str:
    """Check a bcrypt hash. Try its salt at the lowest cost: its own cost may take long."""
    match = _HASH.fullmatch(value)
    if match is None or not _is_salt(match[2]):
        message = "expected a bcrypt hash, as htpasswd -nBC 10 prints"
        raise ValueError(message)
    if int(match[1]) > _MOST_COST:
        message = f"expected a cost of at most {_MOST_COST}: each check would take too long"
        raise ValueError(message)
    return value


def _is_salt(text: str) -> bool:
    try:
        bcrypt.hashpw(b"", f"$2b$04${text}".encode())
    except ValueError:
        return False
    return True


def _http2(value: bool) -> bool:  # noqa: FBT001  the value of a field
    if value:
        message = "expected false, or leave the key out: the exporter serves only HTTP/1.1"
        raise ValueError(message)
    return value


def _header(*allowed: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        value = value.strip()
        if value and allowed and value not in allowed:
            message = f"expected {' or '.join(allowed)}"
            raise ValueError(message)
        if not _VISIBLE.fullmatch(value):
            message = "expected visible ASCII characters"
            raise ValueError(message)
        return value

    return check


UserName = Annotated[str, BeforeValidator(_as_text), AfterValidator(_user)]
BcryptHash = Annotated[str, Field(repr=False), AfterValidator(_hash)]
Http2 = Annotated[bool, AfterValidator(_http2)]
HeaderValue = Annotated[str, BeforeValidator(_as_text), AfterValidator(_header())]
NoSniff = Annotated[str, AfterValidator(_header("nosniff"))]
FrameOptions = Annotated[str, AfterValidator(_header("deny", "sameorigin"))]
