import subprocess

import pytest

from exporter.config.labels import disliked_labels
from exporter.config.sections import WatchedJob
from tests.e2e.conftest import need


def job(*labels: str) -> WatchedJob:
    return WatchedJob(id=1, labels=dict.fromkeys(labels, "x"))


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        pytest.param([], (), id="no jobs"),
        pytest.param([job(), job("team", "cost_center")], (), id="snake_case"),
        pytest.param([job("team", "costCenter")], ("costCenter",), id="camelCase"),
        pytest.param(
            [job("b_aB"), job("teamID"), job("aB")], ("aB", "b_aB", "teamID"), id="sorted"
        ),
        pytest.param([job("costCenter"), job("costCenter")], ("costCenter",), id="each once"),
    ],
)
def test_a_label_in_camel_case_is_disliked(
    jobs: list[WatchedJob], expected: tuple[str, ...]
) -> None:
    assert disliked_labels(jobs) == expected


@pytest.mark.parametrize(
    "label",
    [
        *("costCenter", "teamID", "aB", "_aB", "CostCenter", "cost_centerX", "aB1"),
        *("cost_center", "cost_Center", "COST", "A", "Le", "c1C", "a__b", "a_", "_", "x_total"),
        *(
            "seconds",
            "ms",
            "my_ms",
            "bucket",
            "count",
            "gauge",
            "info",
            "x_info",
            "job",
            "instance",
        ),
    ],
)
def test_promtool_dislikes_the_same_labels(label: str) -> None:
    need("promtool")
    series = f'# HELP x_info A help.\n# TYPE x_info gauge\nx_info{{{label}="x"}} 1\n'
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=series, capture_output=True, text=True, check=False
    )
    assert bool(disliked_labels([job(label)])) == bool(done.returncode), done.stderr
