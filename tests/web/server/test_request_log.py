"""Each request is logged once, with what came of it."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from exporter.web.server.request_log import LogRequests
from tests.support.asgi import ask


async def fine(_request: Request) -> Response:
    return PlainTextResponse("fine", status_code=203)


async def broken(_request: Request) -> Response:
    raise ZeroDivisionError


APP = Starlette(
    routes=[Route("/fine", fine), Route("/broken", broken)], middleware=[Middleware(LogRequests)]
)


def test_a_request_is_logged_with_its_path_and_status_but_without_its_query_and_headers() -> None:
    with capture_logs() as logs:
        ask(APP, "/fine?key=secret", {"Authorization": "Basic c2VjcmV0"})
    (event,) = logs
    assert event.pop("seconds") >= 0
    assert event == {
        "event": "request",
        "log_level": "debug",
        "method": "GET",
        "path": "/fine",
        "status": 203,
    }


def test_a_request_whose_handler_fails_is_logged_too() -> None:
    with capture_logs() as logs, pytest.raises(ZeroDivisionError):
        ask(APP, "/broken")
    assert [(event["path"], event["status"]) for event in logs] == [("/broken", 0)]
