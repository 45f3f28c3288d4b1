"""What is sent: documents, the API's errors, and the pages of what stands in front of it."""

import gzip
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple, Self

GZIPPED = {"Content-Encoding": "gzip"}

Document = Mapping[str, object]


class Answer(NamedTuple):
    """What to send; with status 0 nothing is sent."""

    status: int
    headers: dict[str, str]
    body: bytes

    def plus(self, headers: dict[str, str]) -> Self:
        """Return it with more headers."""
        return self._replace(headers=self.headers | headers)

    def packed(self) -> Self:
        """Return it compressed."""
        return self.plus(GZIPPED)._replace(body=gzip.compress(self.body, 1, mtime=0))


def good(document: Document, status: int = 200) -> Answer:
    """Return a document."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return Answer(status, headers, json.dumps(document).encode())


def error(status: int, text: str) -> Answer:
    """Return the API's error document."""
    errors = [{"Key": "Api Error", "Value": text}]
    return good({"ErrorId": 0, "HttpStatusCode": status, "Errors": errors}, status)


def page(status: int) -> Answer:
    """Return a page."""
    title = f"{status} {HTTPStatus(status).phrase}"
    text = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status, {"Content-Type": "text/html"}, text.encode())
