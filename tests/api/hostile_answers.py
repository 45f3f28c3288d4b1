"""Answers of a hostile API, each with the outcome that it must have."""

import gzip
import itertools
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from tests.support.key_leaks import KEY

GOOD = b'{"id": 1, "status": "Processing"}'
LENGTH = b"Content-Length: %d" % len(GOOD)
ECHO = KEY.encode()
"""The key, which the API was sent and may send back anywhere."""

CHUNK = b"%x\r\n%s\r\n" % (len(GOOD), GOOD)
BOMB = 64 * 1024 * 1024
"""Bytes of a body that compresses to a thousandth."""

READ, CONNECTION, INVALID = "read", "connection", "invalid_response"


class Hostile(NamedTuple):
    """An answer in pieces, and the reason of the failure that it must be, or READ."""

    pieces: Callable[[], Iterable[bytes]]
    reason: str


def raw(reason: str, *pieces: bytes) -> Hostile:
    return Hostile(lambda: pieces, reason)


def endless(reason: str, begin: bytes, piece: bytes) -> Hostile:
    return Hostile(lambda: itertools.chain((begin,), itertools.repeat(piece)), reason)


def head(*fields: bytes, status: bytes = b"200 OK") -> bytes:
    return b"\r\n".join((b"HTTP/1.1 " + status, *fields, b"", b""))


def status(reason: str, line: bytes, *fields: bytes) -> Hostile:
    return raw(reason, head(LENGTH, *fields, status=line), GOOD)


def fields(reason: str, *lines: bytes) -> Hostile:
    return raw(reason, head(*lines), GOOD)


def chunks(reason: str, body: bytes) -> Hostile:
    return raw(reason, head(b"Transfer-Encoding: chunked"), body)


def json(reason: str, body: bytes) -> Hostile:
    return raw(reason, head(b"Content-Length: %d" % len(body)), body)


def job(reason: str, more: bytes) -> Hostile:
    return json(reason, b'{"id": 1, "status": "x", ' + more + b"}")


def packed(reason: str, body: Callable[[], bytes], coding: bytes = b"gzip") -> Hostile:
    return Hostile(lambda: (head(b"Content-Encoding: " + coding), body()), reason)


def layers(body: bytes, number: int) -> bytes:
    for _ in range(number):
        body = gzip.compress(body)
    return body


STATUS_LINES = {
    "no status line": raw(CONNECTION, ECHO + b"\r\n\r\n", GOOD),
    "HTTP/0.9": raw(CONNECTION, GOOD),
    "nothing": raw(CONNECTION),
    "an empty line first": raw(CONNECTION, b"\r\n", head(LENGTH), GOOD),
    "HTTP/2": raw(CONNECTION, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "a frame of HTTP/2": raw(CONNECTION, bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))),
    "another version": raw(CONNECTION, b"HTTP/9.9 200 OK\r\n\r\n", GOOD),
    "a TLS alert": raw(CONNECTION, b"\x15\x03\x01\x00\x02\x02\x28"),
    "a word as the status": status(CONNECTION, ECHO),
    "a negative status": status(CONNECTION, b"-200 OK"),
    "a status of two digits": status(CONNECTION, b"99 OK"),
    "a status of four digits": status(CONNECTION, b"1000 OK"),
    "a status that nobody knows": status("server_error", b"999 Odd"),
    "a NUL in the status line": status(READ, b"200 O\0K"),
    "a long status line": status(CONNECTION, b"200 " + b"x" * 100_000),
    "a status line without an end": endless(CONNECTION, b"HTTP/1.1 200 ", b"x" * 8192),
    "continue without an end": endless(INVALID, b"", head(status=b"100 Continue")),
    "another protocol": status(INVALID, b"101 Switching Protocols", b"Upgrade: websocket"),
    "no content, with a body": status(INVALID, b"204 No Content"),
    "reset content": status(INVALID, b"205 Reset Content"),
    "a part": status(INVALID, b"206 Partial Content", b"Content-Range: bytes 0-9/33"),
    "a choice": status(INVALID, b"300 Multiple Choices", b"Location: /elsewhere"),
    "a redirect to itself": status(INVALID, b"301 Moved", b"Location: /serviceJobs/1"),
    "a redirect to another host": status(INVALID, b"307 Moved", b"Location: http://[::1]:9/"),
    "a redirect to nowhere": status(INVALID, b"308 Moved", b"Location: http://[::1/\0"),
    "not modified": status(INVALID, b"304 Not Modified"),
    "another way to log in": status("unauthorized", b"401 No", b"WWW-Authenticate: Negotiate"),
    "a proxy's question": status("client_error", b"407 No", b"Proxy-Authenticate: Basic"),
    "an error without an end": endless("server_error", head(status=b"500 No"), b"x" * 8192),
    "a redirect without an end": endless(INVALID, head(status=b"302 Found"), b"x" * 8192),
}

HEADERS = {
    "a long header": fields(CONNECTION, b"X: " + b"x" * 100_000),
    "many headers": fields(CONNECTION, *[b"X: y"] * 10_000),
    "a header without an end": endless(CONNECTION, b"HTTP/1.1 200 OK\r\nX: ", b"x" * 8192),
    "headers without an end": endless(CONNECTION, b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000),
    "only a status line": raw(INVALID, b"HTTP/1.1 200 OK\r\n"),
    "a NUL in a header": fields(READ, b"X: a\0b", LENGTH),
    "a header without a name": fields(READ, b": x", LENGTH),
    "a header without a colon": fields(READ, ECHO, LENGTH),
    "bytes that are no text": fields(READ, b"X\xff: \xfe", b"Content-Type: \xff", LENGTH),
    "cookies": fields(READ, LENGTH, *[b"Set-Cookie: a=b; Path=/; Domain=127.0.0.1"] * 50),
    "orders for a browser": fields(READ, LENGTH, b"Refresh: 0; url=/x", b"Link: </x>; rel=preload"),
}

LENGTHS = {
    "a negative length": fields(READ, b"Content-Length: -1"),
    "a word as the length": fields(READ, b"Content-Length: many"),
    "a length of 30 digits": fields(CONNECTION, b"Content-Length: " + b"9" * 30),
    "a length of 5,000 digits": fields(READ, b"Content-Length: " + b"9" * 5000),
    "two lengths": fields(CONNECTION, b"Content-Length: 5", LENGTH),
    "a length that is short": fields(INVALID, b"Content-Length: 5"),
    "a length that is long": fields(CONNECTION, b"Content-Length: 500"),
    "a body behind the body": raw(READ, head(LENGTH), GOOD + b"x" * 1000),
    "a body without an end": endless(INVALID, head(), b" " * 8192),
    "chunks that are none": chunks(CONNECTION, ECHO + b"\r\n" + GOOD),
    "a negative chunk": chunks(CONNECTION, b"-5\r\n" + CHUNK),
    "a huge chunk": chunks(CONNECTION, b"f" * 18 + b"\r\n" + GOOD),
    "a chunk that is short": chunks(CONNECTION, b"5\r\n" + GOOD + b"\r\n0\r\n\r\n"),
    "chunks without the last": chunks(CONNECTION, CHUNK),
    "a long extension of a chunk": chunks(CONNECTION, b"21;" + b"x" * 100_000 + b"\r\n"),
    "an extension without an end": endless(
        CONNECTION, head(b"Transfer-Encoding: chunked") + b"21;", b"x" * 8192
    ),
    "chunks without an end": endless(
        INVALID, head(b"Transfer-Encoding: chunked"), b"400\r\n" + b" " * 1024 + b"\r\n"
    ),
    "trailers without an end": endless(
        INVALID, head(b"Transfer-Encoding: chunked") + CHUNK + b"0\r\n", b"X: y\r\n" * 1000
    ),
}

CODINGS = {
    "a bomb": packed(INVALID, lambda: layers(bytes(BOMB), 1)),
    "a bomb in deflate": packed(INVALID, lambda: zlib.compress(bytes(BOMB)), b"deflate"),
    "a bomb in three layers": packed(
        INVALID, lambda: layers(bytes(BOMB), 3), b", ".join([b"gzip"] * 3)
    ),
    "a hundred layers": packed(INVALID, lambda: layers(GOOD, 100), b", ".join([b"gzip"] * 100)),
    "members without an end": endless(
        INVALID, head(b"Content-Encoding: gzip"), gzip.compress(b"") * 100
    ),
    "a packed body that is cut off": packed(INVALID, lambda: layers(GOOD, 1)[:-20]),
    "a coding that nobody knows": packed(READ, lambda: GOOD, b"odd"),
}

BODIES = {
    "deep lists": json(INVALID, b"[" * 100_000),
    "deep objects": json(INVALID, b'{"a":' * 100_000),
    "a deep field": job(INVALID, b'"serviceTasks": ' + b"[" * 9000 + b"]" * 9000),
    "an id of 5,000 digits": json(INVALID, b'{"id": ' + b"1" * 5000 + b', "status": "x"}'),
    "a count of 100,000 digits": job(READ, b'"totalCount": ' + b"9" * 100_000),
    "a date of 10,000 digits": job(READ, b'"createdTimestamp": "' + b"9" * 10_000 + b'"'),
    "a number past all": job(READ, b'"percentComplete": 1e999999'),
    "an infinity": job(INVALID, b'"totalCount": -Infinity'),
    "two ids, another's last": job(INVALID, b'"id": 2'),
    "an id as a text": json(INVALID, b'{"id": "%s", "status": "x"}' % ECHO),
    "an id that is true": json(INVALID, b'{"id": true, "status": "x"}'),
    "a status that is a list": json(INVALID, b'{"id": 1, "status": ["x"]}'),
    "two documents": json(INVALID, GOOD + GOOD),
    "a mark of the byte order": json(READ, b"\xef\xbb\xbf" + GOOD),
    "UTF-16": json(READ, GOOD.decode().encode("utf-16")),
    "no UTF-8": json(INVALID, b'{"id": 1, "status": "\xff\xfe"}'),
    "a NUL": json(INVALID, b'{"id": 1, "status": "a\0b"}'),
    "a NUL that is escaped": json(READ, b'{"id": 1, "status": "a\\u0000b"}'),
    "null": json(INVALID, b"null"),
    "blanks without an end": endless(INVALID, head(), b"\r\n\t " * 2048),
}

HOSTILE: Mapping[str, Hostile] = STATUS_LINES | HEADERS | LENGTHS | CODINGS | BODIES
