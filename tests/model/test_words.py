import pytest

from exporter.model.words import counted


@pytest.mark.parametrize(
    ("number", "written"), [(0, "0 jobs"), (1, "1 job"), (2, "2 jobs"), (1_000, "1,000 jobs")]
)
def test_a_number_stands_with_its_noun(number: int, written: str) -> None:
    assert counted(number, "job") == written
