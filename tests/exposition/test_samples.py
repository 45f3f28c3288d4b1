from dataclasses import replace

import pytest

from exporter.config.status import WebConfigView
from exporter.exposition.metrics import FAMILIES
from tests.golden import golden_snapshot


@pytest.mark.parametrize(
    ("web_config", "expected"),
    [
        pytest.param(None, [], id="none"),
        pytest.param(WebConfigView(), [("", 1)], id="in order"),
        pytest.param(WebConfigView(("web.yml: expected YAML",)), [("", 0)], id="refused"),
    ],
)
def test_a_web_configuration_is_ok_where_there_is_one_and_nothing_is_wrong_with_it(
    web_config: WebConfigView | None, expected: list[tuple[str, float]]
) -> None:
    snapshot = replace(golden_snapshot(), web_config=web_config)
    (family,) = (one for one in FAMILIES if one.name == "fusebill_exporter_web_config_ok")
    assert [(sample.labels, sample.value) for sample in family.samples(snapshot)] == expected


@pytest.mark.parametrize("dropped", [0, 3])
def test_lines_of_the_log_that_were_dropped_are_counted_from_0(dropped: int) -> None:
    snapshot = replace(golden_snapshot(), log_lines_dropped=dropped)
    (family,) = (one for one in FAMILIES if one.name == "fusebill_exporter_log_lines_dropped_total")
    assert [(sample.labels, sample.value) for sample in family.samples(snapshot)] == [("", dropped)]
