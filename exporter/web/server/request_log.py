"""The log of requests to the exporter, at level debug."""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()


class LogRequests:
    """An ASGI application that logs each request and passes it to another one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and log it with the status of its answer and the seconds it took."""
        started = time.perf_counter()
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            seconds = round(time.perf_counter() - started, 4)
            log.debug(
                "request",
                method=scope.get("method"),
                path=scope.get("path"),
                status=status,
                seconds=seconds,
            )
