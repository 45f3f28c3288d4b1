"""The headers of every answer, from the application, from admission or from the HTTP server."""

from collections.abc import Iterable

import h11

DEFAULT_HEADERS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
"""No cache may keep an answer, as answers change, and no browser may guess the content type."""


class H11WithDefaults(h11.Connection):
    """h11's connection, with the default headers on every answer, even one that uvicorn makes."""

    def send_with_data_passthrough(self, event: h11.Event) -> list[bytes] | None:
        """Return the bytes of one event of an answer; h11's `send` calls this."""
        if isinstance(event, h11.Response):
            event = h11.Response(
                status_code=event.status_code,
                headers=with_defaults(event.headers),
                http_version=event.http_version,
                reason=event.reason,
            )
        return super().send_with_data_passthrough(event)


def with_defaults(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers with each missing default header added. Names are in lower case."""
    own = list(headers)
    names = {name for name, _ in own}
    return own + [header for header in DEFAULT_HEADERS if header[0] not in names]
