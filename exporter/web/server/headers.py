"""The headers of every answer, whoever writes it: the application, its guard or the HTTP server."""

from collections.abc import Iterable

import h11

USUAL = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
"""No cache keeps what changes, nor a refusal; no browser takes an answer for another type."""


class UsualHeaders(h11.Connection):
    """HTTP on one connection, by h11. What uvicorn answers by itself passes through here too."""

    def send_with_data_passthrough(self, event: h11.Event) -> list[bytes] | None:
        """Return the bytes of a part of an answer; `send` of h11 calls this."""
        if isinstance(event, h11.Response):
            event = h11.Response(
                status_code=event.status_code,
                headers=with_usual(event.headers),
                http_version=event.http_version,
                reason=event.reason,
            )
        return super().send_with_data_passthrough(event)


def with_usual(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Add the usual headers, but for those that an answer has by itself. Names in lower case."""
    own = list(headers)
    names = {name for name, _ in own}
    return own + [header for header in USUAL if header[0] not in names]
