"""The failure that each status other than 200 means, in words that say who answered.

Source: the section on errors in the API's documentation. Gateways and load balancers in front of
the API answer too, often with a page of HTML.
"""

import requests

from exporter.api.proxy_words import wants_a_user
from exporter.config.proxy import Proxy
from exporter.model.failures import (
    ClientError,
    Failure,
    InvalidResponse,
    NotFound,
    RateLimited,
    ServerError,
    Unauthorized,
)

_Words = tuple[type[Failure], str]

_UNEXPECTED: _Words = (InvalidResponse, "the API answered with an unexpected status")

_WORDS: dict[int, _Words] = {
    304: _UNEXPECTED,
    401: (Unauthorized, "the API refused the key"),
    403: (Unauthorized, "the API refused the key"),
    404: (NotFound, "the API knows no such job"),
    429: (RateLimited, "the account has used up its API requests"),
    502: (ServerError, "a gateway got no good answer from the API"),
    503: (ServerError, "the API is not available"),
    504: (ServerError, "a gateway got no answer from the API in time"),
}

_CLASSES: dict[int, _Words] = {
    3: (InvalidResponse, "the API redirects, and the key goes to base_url alone"),
    4: (ClientError, "the API refused the request"),
    5: (ServerError, "the API failed"),
}


def failure_of_status(status: int, *, page: bool = False, proxy: Proxy | None = None) -> Failure:
    """Return the failure; `page` says that the answer is a page of HTML.

    `proxy` is the one that may have answered.
    """
    if status == requests.codes.proxy_authentication:
        return ClientError(wants_a_user(proxy), status)
    kind, words = _WORDS.get(status) or _CLASSES.get(min(status // 100, 5), _UNEXPECTED)
    return kind(f"{words} ({status}{', a page of HTML' if page else ''})", status)
