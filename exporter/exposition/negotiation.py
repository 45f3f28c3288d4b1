"""The format and compression that a scraper's headers ask for. No header can break a scrape."""

from collections.abc import Iterable

from exporter.exposition.text import Format


def negotiate(accept: str) -> Format:
    """Return the format that an `Accept` header prefers; text if the header makes no sense.

    OpenMetrics 1.0.0 answers a request for any version of OpenMetrics. OpenMetrics also wins when
    the header prefers both formats equally.
    """
    text = openmetrics = 0.0
    for media_type, weight in _weights(accept):
        if media_type == "application/openmetrics-text":
            openmetrics = max(openmetrics, weight)
        elif media_type in ("text/plain", "text/*", "*/*"):
            text = max(text, weight)
    return Format.OPENMETRICS if openmetrics and openmetrics >= text else Format.TEXT


def accepts_gzip(accept_encoding: str) -> bool:
    """Tell whether an `Accept-Encoding` header accepts gzip."""
    weights = dict(_weights(accept_encoding))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weights(header: str) -> Iterable[tuple[str, float]]:
    """Yield the values that a header lists, each with its weight (quality value, RFC 9110)."""
    for part in header.split(","):
        value, *parameters = (field.strip().lower() for field in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _weight(parameter.removeprefix("q="))
        yield value, weight


def _weight(text: str) -> float:
    """Return a quality value; 0 for text that is not a number from 0 to 1."""
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
