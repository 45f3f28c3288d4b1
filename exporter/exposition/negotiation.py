"""What a scraper accepts, by its headers; whatever they hold, it gets an answer."""

from collections.abc import Iterable

from exporter.exposition.text import Format


def negotiate(accept: str) -> Format:
    """Return the format that an `Accept` header prefers; nonsense gets text.

    An unknown version of OpenMetrics is answered with 1.0.0. Of two that are liked as well as
    each other, OpenMetrics is taken.
    """
    liked = {Format.TEXT: 0.0, Format.OPENMETRICS: 0.0}
    for media_type, weight in _weights(accept):
        if media_type == "application/openmetrics-text":
            liked[Format.OPENMETRICS] = max(liked[Format.OPENMETRICS], weight)
        elif media_type in ("text/plain", "text/*", "*/*"):
            liked[Format.TEXT] = max(liked[Format.TEXT], weight)
    openmetrics = liked[Format.OPENMETRICS]
    return Format.OPENMETRICS if openmetrics and openmetrics >= liked[Format.TEXT] else Format.TEXT


def accepts_gzip(accept_encoding: str) -> bool:
    """Tell whether an `Accept-Encoding` header takes gzip."""
    weights = dict(_weights(accept_encoding))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weights(header: str) -> Iterable[tuple[str, float]]:
    """Yield what a header lists, each with its weight (RFC 9110, quality values)."""
    for part in header.split(","):
        value, *parameters = (field.strip().lower() for field in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _weight(parameter.removeprefix("q="))
        yield value, weight


def _weight(text: str) -> float:
    """Return a quality value; what is none, or not from 0 to 1, counts as 0."""
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
