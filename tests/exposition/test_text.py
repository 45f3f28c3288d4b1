from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.exposition.family import Family, Sample, labels
from exporter.exposition.metrics import FAMILIES
from exporter.exposition.text import Format, lines, lines_of_jobs, write
from exporter.jobs.counters import Histogram
from tests.golden import golden_snapshot
from tests.support.snapshots import make_snapshot

NOTHING = make_snapshot()
FORMATS = pytest.mark.parametrize("form", Format)
TEXT, OPENMETRICS = Format.TEXT, Format.OPENMETRICS


def parse(exposition: bytes, form: Format) -> list[Metric]:
    """Read an exposition with prometheus-client's own parser."""
    text = exposition.decode()
    if form is TEXT:
        return list(parse_text(text))
    return list(parse_openmetrics(text if text.endswith("# EOF\n") else text + "# EOF\n"))


def plain(families: Iterable[Metric]) -> list[Any]:
    """Return families as values that can be compared."""
    return [
        (one.name, one.type, one.documentation, [(s.name, s.labels, s.value) for s in one.samples])
        for one in families
    ]


def gauge_with(value: str) -> Family:
    return Family("odd", "gauge", "Odd.", ("a", "b"), lambda _: [Sample(labels(a=value, b="x"), 1)])


@FORMATS
@pytest.mark.parametrize(
    "value",
    [
        pytest.param('say "hello"', id="quotes"),
        pytest.param('"', id="a quote alone"),
        pytest.param("C:\\new\\", id="backslashes, one at the end"),
        pytest.param("a\\nb", id="a backslash and an n are not a line end"),
        pytest.param("one\ntwo\n", id="line ends"),
        pytest.param("a\r\nb\rc", id="carriage returns"),
        pytest.param("\N{PARTY POPPER} grün", id="emoji and umlauts"),
        pytest.param("x" * 10_000, id="10,000 characters"),
        pytest.param("\x00\x01\x1b[31m\x7f\x85", id="control characters"),
        pytest.param("a\u2028b\u2029c", id="Unicode's line separators"),
        pytest.param('{a="b"} 1 # {} ,=', id="what looks like a series"),
        pytest.param("", id="nothing"),
        pytest.param("  ", id="spaces"),
    ],
)
def test_an_odd_label_value_is_read_back_as_it_was(value: str, form: Format) -> None:
    (family,) = parse(write([gauge_with(value)], NOTHING, form), form)
    assert [sample.labels for sample in family.samples] == [{"a": value, "b": "x"}]


@FORMATS
@given(value=st.text())
def test_any_label_value_is_read_back_as_it_was(value: str, form: Format) -> None:
    (family,) = parse(write([gauge_with(value)], NOTHING, form), form)
    assert [sample.labels for sample in family.samples] == [{"a": value, "b": "x"}]


@FORMATS
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_any_finite_value_is_read_back_to_the_last_bit(value: float, form: Format) -> None:
    family = Family("size", "gauge", "Size.", (), lambda _: [Sample("", value)])
    (parsed,) = parse(write([family], NOTHING, form), form)
    assert [sample.value for sample in parsed.samples] == [value]


class Theirs:
    """A collector with the families of `OURS`, as prometheus-client has them."""

    def collect(self) -> Iterable[Metric]:
        gauge = GaugeMetricFamily("disk_free_bytes", "Free.", labels=["path"])
        gauge.add_metric(['a"\\\n'], 1.5e12)
        gauge.add_metric(["b"], 0)
        counter = CounterMetricFamily("requests", "Requests.", labels=["code"])
        counter.add_metric(["200"], 3)
        histogram = HistogramMetricFamily("took_seconds", "Time.", labels=["name"])
        histogram.add_metric(["n"], [("0.1", 1), ("2.5", 2), ("+Inf", 3)], 12.05)
        empty = GaugeMetricFamily("nothing", "No series.", labels=["x"])
        info = GaugeMetricFamily("build_info", "Who.", value=1)
        return [gauge, counter, histogram, empty, info]


def _took() -> list[Sample]:
    histogram = Histogram((0.1, 2.5))
    for seconds in (0.05, 2.0, 10.0):
        histogram.observe(seconds)
    bounds = {0.1: "0.1", 2.5: "2.5", float("inf"): "+Inf"}
    key = labels(name="n")
    buckets = [
        Sample(f'{key},le="{bounds[bound]}"', count, "_bucket")
        for bound, count in histogram.cumulative()
    ]
    return [*buckets, Sample(key, 3, "_count"), Sample(key, histogram.total, "_sum")]


OURS = [
    Family(
        "disk_free_bytes",
        "gauge",
        "Free.",
        ("path",),
        lambda _: [Sample(labels(path='a"\\\n'), 1.5e12), Sample(labels(path="b"), 0)],
    ),
    Family(
        "requests_total",
        "counter",
        "Requests.",
        ("code",),
        lambda _: [Sample(labels(code="200"), 3)],
    ),
    Family("took_seconds", "histogram", "Time.", ("name",), lambda _: _took()),
    Family("nothing", "gauge", "No series.", ("x",), lambda _: []),
    Family("build_info", "gauge", "Who.", (), lambda _: [Sample("", 1)]),
]


@pytest.mark.parametrize(
    ("form", "generate"),
    [
        pytest.param(TEXT, generate_latest, id="text"),
        pytest.param(OPENMETRICS, generate_openmetrics, id="OpenMetrics"),
    ],
)
def test_the_exposition_says_what_the_one_of_prometheus_client_says(
    form: Format, generate: Callable[[CollectorRegistry], bytes]
) -> None:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Theirs())
    ours, theirs = write(OURS, NOTHING, form), generate(registry)
    assert plain(parse(ours, form)) == plain(parse(theirs, form))


@FORMATS
def test_prometheus_client_reads_every_family_of_ours(form: Format) -> None:
    snapshot = golden_snapshot()
    expected = [
        (
            family.name.removesuffix("_total"),
            family.type,
            family.help,
            [(family.name + suffix, value) for _, value, suffix in family.samples(snapshot)],
        )
        for family in FAMILIES
    ]
    parsed = parse(write(FAMILIES, snapshot, form), form)
    assert expected == [
        (one.name, one.type, one.documentation, [(s.name, s.value) for s in one.samples])
        for one in parsed
    ]


def test_both_formats_say_the_same() -> None:
    snapshot = golden_snapshot()
    text, openmetrics = (parse(write(FAMILIES, snapshot, form), form) for form in Format)
    assert plain(text) == plain(openmetrics)


@FORMATS
def test_no_series_has_a_timestamp(form: Format) -> None:
    parsed = parse(write(FAMILIES, golden_snapshot(), form), form)
    assert {sample.timestamp for family in parsed for sample in family.samples} == {None}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        pytest.param(TEXT, "text/plain; version=0.0.4; charset=utf-8", id="text"),
        pytest.param(
            OPENMETRICS,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            id="OpenMetrics",
        ),
    ],
)
def test_the_content_type_is_the_one_of_the_specification(form: Format, expected: str) -> None:
    assert form.value == expected


def test_the_lines_of_jobs_are_those_of_the_whole_families() -> None:
    snapshot = golden_snapshot()
    texts = list(lines_of_jobs(FAMILIES, snapshot.jobs))
    assert texts == [lines(family, snapshot) for family in FAMILIES if family.of_job]
