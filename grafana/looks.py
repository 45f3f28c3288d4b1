"""What colours mean, the same on every panel, and the words that always stand beside them."""

from collections.abc import Iterable, Mapping

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as model

from grafana.promql import STATES

BAD, WARNING, LATE, GOOD = "red", "orange", "yellow", "green"
AT_WORK, NOT_YET, UNCLEAR = "blue", "#8e8e8e", "purple"
NEUTRAL = "#3aa6a0"
"""For what is neither good nor bad: durations, requests, limits."""

COLOURS: Mapping[str, str] = {
    "pending": NOT_YET,
    "running": AT_WORK,
    "succeeded": GOOD,
    "partial": WARNING,
    "failed": BAD,
    "unknown": UNCLEAR,
    "unread": NOT_YET,
}
"""The colour of each state of a job."""

NUMBERS: Mapping[str, str] = {str(number): state for number, state in enumerate(STATES, 1)}
"""The states by their numbers in a timeline."""

NO_DATA = "no data"
"""What stands in place of a value that is not there. It is grey: neither good nor bad is known."""

UP_OR_DOWN: Mapping[str, tuple[str, str]] = {"1": ("up", GOOD), "0": ("down", BAD)}
YES_OR_NO: Mapping[str, tuple[str, str]] = {"1": ("loaded", GOOD), "0": ("old, see log", BAD)}

REASONS: Mapping[str, str] = {
    "timeout": LATE,
    "connection": WARNING,
    "tls": UNCLEAR,
    "unauthorized": "#e83fc8",
    "not_found": AT_WORK,
    "rate_limited": "#ffa6b0",
    "client_error": "#a0622d",
    "server_error": BAD,
    "invalid_response": NEUTRAL,
}
"""Colours that tell apart the reasons why a read failed, and say no more."""

STATUSES: Mapping[str, str] = {
    "200": GOOD,
    "400": "#ffcb7d",
    "401": "#96502d",
    "403": "#c96a2b",
    "404": WARNING,
    "409": "#ffe0c2",
    "429": LATE,
    "500": BAD,
    "503": "#ffa6b0",
    "none": UNCLEAR,
}
"""Colours that tell HTTP statuses apart, but for rare ones: those of 4xx are kinds of orange."""

KINDS_OF_STATUSES: Mapping[str, str] = {"2..": GOOD, "[134]..": WARNING, "5..": BAD}
"""The colours of all other statuses, by patterns."""

CAUSES: Mapping[str, str] = {"deadline": LATE, "budget": NEUTRAL, "breaker": BAD}
"""The causes why a read is deferred: the API is slow, that is the plan, the API is down."""

PERCENTILES: Mapping[str, str] = {"p50": NEUTRAL, "p90": "#8ab8ff", "p99": "#ca95e5"}
"""Colours that tell percentiles apart, and say no more."""


def words(texts: Mapping[str, tuple[str, str]]) -> list[model.ValueMapping]:
    """Return the mapping of values to a word and its colour."""
    results = {
        value: model.ValueMappingResult(text=text, color=colour, index=index)
        for index, (value, (text, colour)) in enumerate(texts.items())
    }
    return [model.ValueMap(options=results)]


def no_data() -> model.ValueMapping:
    """Return the mapping of what is not there: without, it has the colour of the lowest value."""
    nothing = model.ValueMappingResult(text=NO_DATA, color=NOT_YET, index=len(COLOURS))
    options = model.DashboardSpecialValueMapOptions(
        match=model.SpecialValueMatch.NULL, result=nothing
    )
    return model.SpecialValueMap(options=options)


def state_words() -> list[model.ValueMapping]:
    """Return the mapping of the states' names."""
    return words({state: (state, colour) for state, colour in COLOURS.items()})


def note_words(notes: Iterable[str]) -> list[model.ValueMapping]:
    """Return the mapping of what is wrong with a job besides its state."""
    return words({note: (note, LATE) for note in notes})


def state_numbers() -> list[model.ValueMapping]:
    """Return the mapping of the states' numbers."""
    return words({number: (state, COLOURS[state]) for number, state in NUMBERS.items()})


def fixed(colour: str) -> build.FieldColor:
    """Return one colour."""
    return build.FieldColor().mode(model.FieldColorModeId.FIXED).fixed_color(colour)


def shades(colour: str) -> build.FieldColor:
    """Return a colour of which each series gets a shade."""
    return build.FieldColor().mode(model.FieldColorModeId.SHADES).fixed_color(colour)


def by_name() -> build.FieldColor:
    """Return a colour for each series that depends on its name alone."""
    return build.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC_BY_NAME)


def by_threshold() -> build.FieldColor:
    """Return the colour of the threshold that the value has reached."""
    return build.FieldColor().mode(model.FieldColorModeId.THRESHOLDS)


def thresholds(base: str, steps: Iterable[tuple[float, str]] = ()) -> build.ThresholdsConfig:
    """Return the colour below the first step, and from each step on."""
    first = model.Threshold(value=None, color=base)
    rest = [model.Threshold(value=value, color=colour) for value, colour in steps]
    return build.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps([first, *rest])


def property_of(name: str, value: object) -> model.DynamicConfigValue:
    """Return a property of an override."""
    return model.DynamicConfigValue(id_val=name, value=value)


def colour_property(colour: str) -> model.DynamicConfigValue:
    """Return the property that gives a series a fixed colour."""
    return property_of("color", {"mode": "fixed", "fixedColor": colour})


def shades_property(colour: str) -> model.DynamicConfigValue:
    """Return the property that gives each of several series a shade of a colour."""
    return property_of("color", {"mode": "shades", "fixedColor": colour})
