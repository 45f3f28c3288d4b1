"""Numbers and durations in the sentences that the command line prints."""

from exporter.model.duration import DAY, format_duration

_ENDLESS = 36_500 * DAY

_WHOLE = 10
"""From this number up, decimals say nothing more."""


def percent(part: float, whole: float) -> str:
    """Return a part of a whole as a percentage: `25 %`, `4.8 %`."""
    share = 100 * part / whole
    return f"{share:,.0f} %" if share >= _WHOLE else f"{share:.2g} %"


def lasting(seconds: float) -> str:
    """Return a duration such as `1m17s`; from 10 seconds up in whole seconds."""
    if seconds > _ENDLESS:
        return f"{format_duration(_ENDLESS)} or more"
    return format_duration(round(seconds) if seconds >= _WHOLE else seconds)
