"""The faults: the ways in which an answer can go wrong."""

import math
from collections.abc import Callable
from enum import Enum, member

from exporter.simulator.answers import GZIPPED, Answer, Document, error, good, page

ELSEWHERE = "/v1/elsewhere"
"""The target of Fault.REDIRECT."""

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
    return good({**document, "additionalData": "x" * 5_000_000})  # not kept: it is large


class Fault(Enum):
    """A fault: a function that spoils a good document, or a text that says how to cut it."""

    SERVER_ERROR = member(_always(error(500, "An unexpected error has occurred.")))
    BAD_GATEWAY = member(_always(page(502)))  # from a proxy in front of the API
    UNAVAILABLE = member(_always(page(503)))
    COME_BACK_LATER = member(_always(page(503).plus({"Retry-After": "1200"})))
    FORBIDDEN = member(_always(error(403, "This key may not read service jobs.")))
    CONFLICT = member(_always(error(409, "The request breaks a business rule.")))
    BAD_REQUEST = member(_always(error(400, "The request is malformed.")))
    TEAPOT = member(_always(page(418)))  # an error that nobody expects
    NO_CONTENT = member(_always(Answer(204, {}, b"")))
    TOO_MANY_REQUESTS_HTML = member(_always(page(429)))  # without rate-limit headers
    HANG = "no answer until one side closes"
    DRIP_HEADERS = "the status line, then now and then a byte of a header, for ever"
    DRIP_BODY = "the headers, then now and then a byte of the body, for ever"
    DROP = "closed without an answer"
    TRUNCATED = "closed before Content-Length is reached"
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
    REDIRECT = member(_always(Answer(302, {"Location": ELSEWHERE}, b"")))  # visits are counted
    BAD_GZIP = member(lambda document: good(document).plus(GZIPPED))  # labelled gzip, but plain
    SURROGATE = member(_with(status="Process\ud800ing"))  # half a character, escaped
    ODD_WORD = member(_with(status='Half "done"\\\nor so \N{PARTY POPPER}'))
    LONG_WORD = member(_with(status="Processing" * 1000))

    def answer(self, document: Document) -> Answer:
        """Return the answer that this fault makes of a good document."""
        make: _Spoils = good if self in CUT else self.value
        return make(document)


SILENT = frozenset({Fault.HANG, Fault.DROP})
"""The faults that send nothing."""

CUT = SILENT | {Fault.DRIP_HEADERS, Fault.DRIP_BODY, Fault.TRUNCATED}
"""The faults that end the connection."""

LENGTHLESS = frozenset({Fault.DRIP_BODY, Fault.NO_CONTENT})
"""The faults without Content-Length: the header would reveal a drip at once, and a 204 has none."""
