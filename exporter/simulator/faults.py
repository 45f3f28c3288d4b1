"""The answers that go wrong."""

import math
from collections.abc import Callable
from enum import Enum, member

from exporter.simulator.answers import GZIPPED, Answer, Document, error, good, page

ELSEWHERE = "/v1/elsewhere"
"""Where Fault.REDIRECT leads."""

_Spoils = Callable[[Document], Answer]


def _always(answer: Answer) -> _Spoils:
    return lambda _: answer


def _with(**fields: object) -> _Spoils:
    return lambda document: good({**document, **fields})


def _without(name: str) -> _Spoils:
    return lambda document: good({key: document[key] for key in document if key != name})


def _body(change: Callable[[bytes], bytes], spoils: _Spoils = good) -> _Spoils:
    return lambda document: (answer := spoils(document))._replace(body=change(answer.body))


def _huge(document: Document) -> Answer:
    return good({**document, "additionalData": "x" * 5_000_000})  # anew: nothing large is held


class Fault(Enum):
    """A function makes the answer of a good document; a text says how a good answer is cut."""

    SERVER_ERROR = member(_always(error(500, "An unexpected error has occurred.")))
    BAD_GATEWAY = member(_always(page(502)))  # from what stands in front of the API
    UNAVAILABLE = member(_always(page(503)))
    COME_BACK_LATER = member(_always(page(503).plus({"Retry-After": "1200"})))
    FORBIDDEN = member(_always(error(403, "This key may not read service jobs.")))
    CONFLICT = member(_always(error(409, "The request breaks a business rule.")))
    BAD_REQUEST = member(_always(error(400, "The request is malformed.")))
    TEAPOT = member(_always(page(418)))  # an error that nobody expects
    NO_CONTENT = member(_always(Answer(204, {}, b"")))
    TOO_MANY_REQUESTS_HTML = member(_always(page(429)))  # without rate-limit headers
    HANG = "no answer until either side closes"
    DRIP_HEADERS = "the status line, then for ever a byte of a header now and then"
    DRIP_BODY = "the headers, then for ever a byte of the body now and then"
    DROP = "closes without an answer"
    TRUNCATED = "closes before Content-Length is reached"
    BROKEN_JSON = member(_body(lambda body: body[:-20]))
    HTML = member(_always(page(200)))
    HUGE = member(_huge)
    GZIP_BOMB = member(lambda document: _huge(document).packed())  # 5 MB in some 20 kB
    EMPTY = member(_body(lambda _: b""))
    LIST = member(_body(lambda body: b"[" + body + b"]"))
    NO_STATUS = member(_without("status"))
    NO_ID = member(_without("id"))
    OTHER_ID = member(_with(id=999_999_999))
    WRONG_TYPES = member(_with(status=7, serviceTasks="none", totalCount="many"))
    NAN = member(_with(percentComplete=math.nan))
    OVERFLOW = member(
        _body(lambda body: body.replace(b"Infinity", b"1e400"), _with(percentComplete=math.inf))
    )
    NEGATIVE = member(_with(totalFailed=-1))
    OVER_100 = member(_with(percentComplete=101))
    REDIRECT = member(_always(Answer(302, {"Location": ELSEWHERE}, b"")))  # its visits are counted
    BAD_GZIP = member(lambda document: good(document).plus(GZIPPED))  # says gzip and is not
    SURROGATE = member(_with(status="Process\ud800ing"))  # half a character, escaped
    ODD_WORD = member(_with(status='Half "done"\\\nor so \N{PARTY POPPER}'))
    LONG_WORD = member(_with(status="Processing" * 1000))

    def answer(self, document: Document) -> Answer:
        """Return what it makes of the answer with this document."""
        make: _Spoils = good if self in CUT else self.value
        return make(document)


SILENT = frozenset({Fault.HANG, Fault.DROP})
"""Those that send nothing."""

CUT = SILENT | {Fault.DRIP_HEADERS, Fault.DRIP_BODY, Fault.TRUNCATED}
"""Those that end the connection."""

LENGTHLESS = frozenset({Fault.DRIP_BODY, Fault.NO_CONTENT})
"""Those whose answer says no length: it would give a drip away at once, and a 204 has none."""
