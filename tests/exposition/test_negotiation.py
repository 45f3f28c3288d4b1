import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.exposition.negotiation import accepts_gzip, negotiate
from exporter.exposition.text import Format

TEXT, OPENMETRICS = Format.TEXT, Format.OPENMETRICS
OPENMETRICS_TYPE = "application/openmetrics-text"
PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROTOBUF = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
    "encoding=delimited;q=0.7,"
)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        pytest.param(PROMETHEUS_2, OPENMETRICS, id="Prometheus 2"),
        pytest.param(PROMETHEUS_3, OPENMETRICS, id="Prometheus 3"),
        pytest.param(PROTOBUF + PROMETHEUS_3, OPENMETRICS, id="Prometheus 3, native histograms"),
        pytest.param("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", TEXT, id="Prometheus 1"),
        pytest.param("text/html,application/xhtml+xml,*/*;q=0.8", TEXT, id="a browser"),
        pytest.param("*/*", TEXT, id="curl"),
        pytest.param("", TEXT, id="no header"),
        pytest.param("application/json", TEXT, id="only what there is not"),
        pytest.param(OPENMETRICS_TYPE, OPENMETRICS, id="OpenMetrics of no version"),
        pytest.param(f"{OPENMETRICS_TYPE};version=9.9.9", OPENMETRICS, id="an unknown version"),
        pytest.param(f"{OPENMETRICS_TYPE};version=abc", OPENMETRICS, id="a version that is none"),
        pytest.param("Application/OpenMetrics-Text ; Q=1", OPENMETRICS, id="any case"),
        pytest.param(f"{OPENMETRICS_TYPE};q=0", TEXT, id="OpenMetrics refused"),
        pytest.param(f"{OPENMETRICS_TYPE};q=0,text/plain;q=0", TEXT, id="both refused"),
        pytest.param(f"{OPENMETRICS_TYPE};q=0.3,text/plain;q=0.4", TEXT, id="text liked better"),
        pytest.param(f"text/plain,{OPENMETRICS_TYPE}", OPENMETRICS, id="liked as well"),
        pytest.param(f"{OPENMETRICS_TYPE};q=0.3,*/*", TEXT, id="anything liked better"),
        pytest.param(f"{OPENMETRICS_TYPE};q=0.3,text/*;q=0.4", TEXT, id="any text liked better"),
        pytest.param(f"{OPENMETRICS_TYPE};q=high,text/plain", TEXT, id="a weight that is none"),
        pytest.param(f"{OPENMETRICS_TYPE};q=2,text/plain;q=0.1", TEXT, id="a weight over 1"),
        pytest.param(f"{OPENMETRICS_TYPE};q=nan,text/plain;q=0.1", TEXT, id="a weight of nan"),
        pytest.param(f"{OPENMETRICS_TYPE};q=-1", TEXT, id="a weight under 0"),
        pytest.param(";;,,=;q=;\x00 /// q", TEXT, id="nonsense"),
        pytest.param("application/openmetrics-textual", TEXT, id="a type that begins like it"),
    ],
)
def test_the_format_is_the_one_that_the_scraper_likes_best(accept: str, expected: Format) -> None:
    assert negotiate(accept) is expected


@given(accept=st.text())
def test_no_accept_header_breaks_a_scrape(accept: str) -> None:
    assert negotiate(accept) in Format


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        pytest.param("gzip", True, id="gzip"),
        pytest.param("GZIP", True, id="any case"),
        pytest.param("deflate, gzip;q=0.5, br", True, id="gzip among others"),
        pytest.param("*", True, id="anything"),
        pytest.param("br;q=1, *;q=0.1", True, id="anything, if little liked"),
        pytest.param("gzip;q=0", False, id="gzip refused"),
        pytest.param("gzip;q=0.0, *", False, id="anything but gzip"),
        pytest.param("gzip, *;q=0", True, id="nothing but gzip"),
        pytest.param("*;q=0", False, id="anything refused"),
        pytest.param("identity", False, id="as it is"),
        pytest.param("br, zstd", False, id="others only"),
        pytest.param("", False, id="no header"),
        pytest.param("gzip;q=yes", False, id="a weight that is none"),
        pytest.param("gzipped", False, id="a name that begins like it"),
    ],
)
def test_gzip_is_used_only_when_it_is_accepted(
    accept_encoding: str,
    expected: bool,
) -> None:
    assert accepts_gzip(accept_encoding) is expected
