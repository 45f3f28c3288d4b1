"""The simulated answers: documents, the API's errors, and HTML pages of a proxy in front of it."""

import gzip
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple, Self

GZIPPED = {"Content-Encoding": "gzip"}

Document = Mapping[str, object]


class Answer(NamedTuple):
    """An answer before it is sent."""

    status: int
    headers: dict[str, str]
    body: bytes

    def plus(self, headers: dict[str, str]) -> Self:
        """Return the answer with more headers."""
        return self._replace(headers=self.headers | headers)

    def packed(self) -> Self:
        """Return the answer with its body compressed."""
        return self.plus(GZIPPED)._replace(body=gzip.compress(self.body, 1, mtime=0))


def good(document: Document, status: int = 200) -> Answer:
    """Return the answer that carries a document as JSON."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return Answer(status, headers, json.dumps(document).encode())


def error(status: int, text: str) -> Answer:
    """Return the answer that carries the API's error document."""
    errors = [{"Key": "Api Error", "Value": text}]
    return good({"ErrorId": 0, "HttpStatusCode": status, "Errors": errors}, status)


def page(status: int) -> Answer:
    """Return an HTML page that names the status, as proxies do."""
    title = f"{status} {HTTPStatus(status).phrase}"
    text = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status, {"Content-Type": "text/html"}, text.encode())
