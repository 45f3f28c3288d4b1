import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.exposition.metrics import FAMILIES
from exporter.exposition.process_metrics import ProcessMetrics
from exporter.exposition.text import Format, write
from tests.golden import golden_snapshot

PARSERS = {Format.TEXT: parse_text, Format.OPENMETRICS: parse_openmetrics}


def exposition(form: Format) -> str:
    """Return an exposition as a scrape is answered with it."""
    return (write(FAMILIES, golden_snapshot(), form) + ProcessMetrics().write(form)).decode()


@pytest.mark.parametrize("form", Format)
def test_the_families_of_the_process_follow_ours_in_one_valid_exposition(form: Format) -> None:
    names = [family.name for family in PARSERS[form](exposition(form))]
    assert {"fusebill_up", "python_info", "process_cpu_seconds"} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("form", "ends"),
    [
        pytest.param(Format.TEXT, False, id="text"),
        pytest.param(Format.OPENMETRICS, True, id="OpenMetrics"),
    ],
)
def test_only_openmetrics_ends_with_its_mark(form: Format, ends: bool) -> None:
    text = exposition(form)
    assert text.endswith("\n# EOF\n") is ends
    assert text.count("# EOF") == int(ends)
    assert text.endswith("\n")
