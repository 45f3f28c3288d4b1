import pytest

from exporter.api.status_failures import failure_of_status
from exporter.config.proxy import parse_proxy
from exporter.model.failures import (
    ClientError,
    Failure,
    InvalidResponse,
    NotFound,
    RateLimited,
    ServerError,
    Unauthorized,
)


@pytest.mark.parametrize(
    ("status", "kind", "api_is_up"),
    [
        (201, InvalidResponse, False),
        (204, InvalidResponse, False),
        (302, InvalidResponse, False),
        (304, InvalidResponse, False),
        (400, ClientError, False),
        (401, Unauthorized, False),
        (403, Unauthorized, False),
        (404, NotFound, True),
        (407, ClientError, False),
        (409, ClientError, True),
        (410, ClientError, True),
        (429, RateLimited, True),
        (500, ServerError, False),
        (502, ServerError, False),
        (599, ServerError, False),
    ],
)
def test_each_status_has_its_error_and_tells_whether_the_api_is_up(
    status: int, kind: type[Failure], api_is_up: bool
) -> None:
    error = failure_of_status(status)
    assert (type(error), error.status, error.api_is_up) == (kind, status, api_is_up)


@pytest.mark.parametrize(
    ("status", "page", "words"),
    [
        (401, False, "the API refused the key (401)"),
        (403, True, "the API refused the key (403, a page of HTML)"),
        (404, True, "the API knows no such job (404, a page of HTML)"),
        (301, False, "the API redirects, and the key goes to base_url alone (301)"),
        (418, False, "the API refused the request (418)"),
        (500, False, "the API failed (500)"),
        (502, True, "a gateway got no good answer from the API (502, a page of HTML)"),
        (503, False, "the API is not available (503)"),
        (504, True, "a gateway got no answer from the API in time (504, a page of HTML)"),
        (204, False, "the API answered with an unexpected status (204)"),
    ],
)
def test_each_status_has_its_words(status: int, page: bool, words: str) -> None:
    assert str(failure_of_status(status, page=page)) == words


BY = "the proxy proxy:3128 (HTTPS_PROXY)"


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        (None, "a proxy before the API wants a user and a password (407)"),
        (
            "http://proxy:3128",
            f"{BY} wants a user and a password (407)",
        ),
        (
            "http://me:pw@proxy:3128",
            f"{BY} refused the user and the password (407)",
        ),
    ],
    ids=["unknown", "without a user", "with a user"],
)
def test_a_407_is_the_answer_of_a_proxy(proxy: str | None, words: str) -> None:
    on_the_way = None if proxy is None else parse_proxy(proxy, "HTTPS_PROXY")
    assert str(failure_of_status(407, page=True, proxy=on_the_way)) == words
