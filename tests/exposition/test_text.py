import gc
import weakref
from collections.abc import Callable, Iterable, Iterator
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

from exporter.exposition.family import Family, Sample, job_series, labels
from exporter.exposition.metrics import FAMILIES
from exporter.exposition.text import Exposition, Format, write
from exporter.jobs.counters import Histogram
from exporter.jobs.snapshot import JobView
from tests.golden import golden_snapshot
from tests.support.snapshots import make_account, make_snapshot, make_view

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


class Writing:
    """Expositions of one family of jobs. It records the id of each job whose line is written."""

    def __init__(self) -> None:
        self.written: list[int] = []
        self._exposition = Exposition([job_series("items", "Items.", self._noted)])

    def _noted(self, view: JobView) -> float:
        self.written.append(view.watched.id)
        return view.watched.id

    def pieces(self, *views: JobView, form: Format = TEXT) -> Iterator[bytes]:
        return self._exposition.pieces(make_snapshot(make_account(*views)), form)

    def show(self, *views: JobView, form: Format = TEXT) -> list[float]:
        """Write an exposition, and return the values in it."""
        (family,) = parse(b"".join(self.pieces(*views, form=form)), form)
        return [sample.value for sample in family.samples]


def test_the_lines_of_a_view_are_written_once_for_every_exposition_and_both_formats() -> None:
    writing, stays = Writing(), make_view(1)
    assert writing.show(stays, make_view(2)) == [1, 2]
    assert writing.show(make_view(3), stays) == [3, 1]
    assert writing.show(stays, form=OPENMETRICS) == [1]
    assert writing.written == [1, 2, 3]


def test_another_view_of_a_job_is_written_anew() -> None:
    writing = Writing()
    writing.show(make_view(1))
    writing.show(make_view(1))
    assert writing.written == [1, 1]


def test_nothing_stays_of_a_view_that_is_not_shown_any_more() -> None:
    writing, stays = Writing(), make_view(1)
    passing = [make_view(2) for _ in range(50)]
    ends = [weakref.ref(view) for view in passing]
    while passing:
        writing.show(stays, passing.pop())
    writing.show(stays)
    gc.collect()
    assert [end() for end in ends if end() is not None] == []


def test_few_lines_are_written_for_a_piece_and_few_stand_in_it() -> None:
    writing, views = Writing(), [make_view(job_id) for job_id in range(1, 2_001)]
    pieces, before = [], 0
    for piece in writing.pieces(*views):
        assert len(writing.written) - before < 500
        before = len(writing.written)
        pieces.append(piece)
    assert max(piece.count(b'job_id="') for piece in pieces) < 500
    assert b"".join(pieces).count(b'job_id="') == 2_000
