"""Requests as strangers send them: valid ones in odd forms, and bytes that are no request."""

from dataclasses import dataclass

from hypothesis import strategies as st

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
"""A request in the body of another one, which is not to be answered."""


@dataclass(frozen=True)
class Whole:
    """A valid request in an odd form; `reads` says whether its handler reads the body."""

    method: bytes
    body: bytes = b""
    reads: bool = False
    cuts: tuple[int, ...] | None = None
    """Sizes of the chunks in which the body is sent; None for a body of a known length."""
    expects: bool = False
    origin: bytes = b""
    """What comes before the path of a target in absolute form."""

    def written(self, number: int) -> bytes:
        target = self.origin + self.target(number)
        lines = [b"%s %s HTTP/1.1" % (self.method, target), b"Host: x"]
        if self.expects:
            lines.append(b"Expect: 100-continue")
        if self.cuts is None:
            lines.append(b"Content-Length: %d" % len(self.body))
            return b"\r\n".join([*lines, b"", self.body])
        lines.append(b"Transfer-Encoding: chunked")
        return b"\r\n".join([*lines, b"", self._chunks()])

    def target(self, number: int) -> bytes:
        return b"/%s/%d" % (b"read" if self.reads else b"leave", number)

    def _chunks(self) -> bytes:
        chunks, left = b"", self.body
        for size in (*(self.cuts or ()), len(self.body)):
            if chunk := left[:size]:
                chunks += b"%X;x=y\r\n%s\r\n" % (len(chunk), chunk)
            left = left[size:]
        return chunks + b"0\r\nTrailer: x\r\n\r\n"


WHOLE = st.builds(
    Whole,
    st.sampled_from([b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS", b"ODD"]),
    st.sampled_from([b"", SMUGGLED, b"0\r\n\r\n" + SMUGGLED]) | st.binary(max_size=100),
    st.booleans(),
    st.none() | st.lists(st.integers(1, 60), max_size=3).map(tuple),
    st.booleans(),
    st.sampled_from([b"", b"http://x", b"HTTPS://[::1]:10423"]),
)

LINES = st.sampled_from(
    [
        b"GET / HTTP/1.1",
        b"GET /metrics HTTP/1.0",
        b"POST /-/reload HTTP/1.1",
        b"GET //metrics?x=%00 HTTP/1.1",
        b"GET http://x/metrics HTTP/1.1",
        b"GET HTTPS://[::1/%ff?%00 HTTP/1.1",
        b"GET /../metrics/%2e%2e HTTP/1.1",
        b"CONNECT x:1 HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET / HTTP/9.9",
        b"GET\t/ HTTP/1.1",
    ]
)
FIELDS = st.sampled_from(
    [
        b"Host:",
        b"Host: y",
        b"Content-Length: 5",
        b"Content-Length: 99999",
        b"Content-Length: -1",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
        b"Expect: 100-continue",
        b"Connection: close",
        b"Connection: upgrade\r\nUpgrade: websocket",
        b"Connection: upgrade\r\nUpgrade: h2c",
        b"Authorization: Basic",
        b"Authorization: Basic cHJvbWV0aGV1czp3cm9uZw==",
        b"Authorization: Basic /w==",
        b"X: " + b"x" * 5000,
        b" folded",
        b"",
        b"\0",
    ]
)
CHUNKS = [b"5\r\nabcde\r\n", b"f" * 17 + b"\r\n", b"0\r\n\r\n"]
BYTES = st.binary(max_size=30) | st.sampled_from(
    [*CHUNKS, b"\r\n", b"\n", b"PRI * HTTP/2.0\r\n\r\n"]
)
HEADS = st.builds(
    lambda line, fields: b"\r\n".join([line, b"Host: x", *fields, b"", b""]),
    LINES,
    st.lists(FIELDS, max_size=3),
)
STRAY = st.lists(HEADS | BYTES, max_size=8)
