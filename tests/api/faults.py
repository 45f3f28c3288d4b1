"""The faults of the simulator that fail a read, each with the reason of the failure."""

from exporter.simulator import Fault

FAULTS = {
    Fault.SERVER_ERROR: "server_error",
    Fault.BAD_GATEWAY: "server_error",
    Fault.UNAVAILABLE: "server_error",
    Fault.COME_BACK_LATER: "server_error",
    Fault.FORBIDDEN: "unauthorized",
    Fault.CONFLICT: "client_error",
    Fault.BAD_REQUEST: "client_error",
    Fault.TEAPOT: "client_error",
    Fault.TOO_MANY_REQUESTS_HTML: "rate_limited",
    Fault.DROP: "connection",
    Fault.TRUNCATED: "connection",
    Fault.BROKEN_JSON: "invalid_response",
    Fault.HTML: "invalid_response",
    Fault.HUGE: "invalid_response",
    Fault.EMPTY: "invalid_response",
    Fault.NO_CONTENT: "invalid_response",
    Fault.LIST: "invalid_response",
    Fault.NO_STATUS: "invalid_response",
    Fault.NO_ID: "invalid_response",
    Fault.OTHER_ID: "invalid_response",
    Fault.WRONG_TYPES: "invalid_response",
    Fault.NAN: "invalid_response",
    Fault.REDIRECT: "invalid_response",
    Fault.BAD_GZIP: "invalid_response",
    Fault.GZIP_BOMB: "invalid_response",
    Fault.HANG: "timeout",
    Fault.DRIP_HEADERS: "timeout",
    Fault.DRIP_BODY: "timeout",
}
