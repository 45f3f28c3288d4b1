from dataclasses import replace

import pytest

from exporter.config.status import WebConfigView
from tests.exposition.series import series
from tests.golden import golden_snapshot


@pytest.mark.parametrize(
    ("web_config", "expected"),
    [
        pytest.param(None, {}, id="none"),
        pytest.param(WebConfigView(), {"": 1}, id="in order"),
        pytest.param(WebConfigView(("web.yml: expected YAML",)), {"": 0}, id="refused"),
    ],
)
def test_a_web_configuration_is_ok_where_there_is_one_and_nothing_is_wrong_with_it(
    web_config: WebConfigView | None, expected: dict[str, float]
) -> None:
    snapshot = replace(golden_snapshot(), web_config=web_config)
    assert series(snapshot, "exporter_web_config_ok") == expected


@pytest.mark.parametrize("dropped", [0, 3])
def test_lines_of_the_log_that_were_dropped_are_counted_from_0(dropped: int) -> None:
    snapshot = replace(golden_snapshot(), log_lines_dropped=dropped)
    assert series(snapshot, "exporter_log_lines_dropped_total") == {"": dropped}
