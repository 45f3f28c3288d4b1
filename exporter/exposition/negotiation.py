"""What a scraper accepts, by its headers. No header breaks a scrape, whatever it holds."""

from collections.abc import Iterable

from exporter.exposition.text import Format


def negotiate(accept: str) -> Format:
    """Return the format that an `Accept` header prefers; text where it makes no sense.

    Any version of OpenMetrics is answered with 1.0.0. OpenMetrics wins where both formats are
    preferred equally.
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
    """Yield what a header lists, each with its weight (quality value, RFC 9110)."""
    for part in header.split(","):
        value, *parameters = (field.strip().lower() for field in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _weight(parameter.removeprefix("q="))
        yield value, weight


def _weight(text: str) -> float:
    """Return a quality value, 0 for text that is no number from 0 to 1."""
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
