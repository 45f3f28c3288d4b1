import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exporter.config.gc_pause import gc_paused, imports_for_good
from exporter.config.load import parse, parse_job_list
from exporter.config.yaml_file import parse_yaml

FILE = Path("jobs.yaml")
NAMED = [{"id": number, "name": f"job-{number}"} for number in range(1, 1001)]
TEXT = "".join(f"- {{id: {job['id']}, name: {job['name']}}}\n" for job in NAMED).encode()
AFTERWARDS = 5
"""Collections that may follow the pause; without one, 1,000 jobs cause hundreds."""


def test_nothing_is_collected_until_the_last_pause_has_ended() -> None:
    with gc_paused():
        with gc_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_pause_ends_when_the_work_fails() -> None:
    with pytest.raises(LookupError), gc_paused():
        raise LookupError
    assert gc.isenabled()


@pytest.fixture
def unfrozen() -> Iterator[None]:
    """Let the collector see everything again, as before the test."""
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("unfrozen")
def test_no_later_collection_looks_at_what_imports_made() -> None:
    with imports_for_good():
        made = [[]]
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert all(one is not made for one in gc.get_objects())


@pytest.fixture
def collections() -> Iterator[list[int]]:
    """Return a list to which each collection from now on adds its generation."""
    seen: list[int] = []

    def see(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            seen.append(info["generation"])

    gc.callbacks.append(see)
    yield seen
    gc.callbacks.remove(see)


@pytest.mark.parametrize(
    "load",
    [
        pytest.param(lambda: parse_job_list(TEXT, FILE), id="a job file"),
        pytest.param(
            lambda: parse({"accounts": [{"jobs": NAMED}]}, FILE), id="the values of a configuration"
        ),
        pytest.param(lambda: parse_yaml(TEXT, FILE), id="a text"),
    ],
)
def test_nothing_is_collected_while_a_list_of_jobs_is_built(
    collections: list[int], load: Callable[[], object]
) -> None:
    load()
    assert len(collections) <= AFTERWARDS
