import pytest
from starlette.datastructures import QueryParams

from exporter.web.target import target_of

TARGET = "target: expected the id of a job, a positive integer"
ACCOUNT = "account: expected the name of an account of the configuration"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("target=2607617&account=live", ("live", 2607617), id="both"),
        pytest.param("account=sandbox&target=1", ("sandbox", 1), id="in any order"),
        pytest.param("target=1&account=live&module=x", ("live", 1), id="with something else"),
        pytest.param(f"target={2**63 - 1}&account=live", ("live", 2**63 - 1), id="the largest id"),
        pytest.param("target=1&account=%C3%A9t%C3%A9", ("été", 1), id="a name outside ASCII"),
    ],
)
def test_a_probe_asks_for_a_job_of_an_account(query: str, expected: tuple[str, int]) -> None:
    assert target_of(QueryParams(query), ("live", "sandbox", "été")) == expected


def test_the_account_may_be_left_out_where_there_is_one_only() -> None:
    assert target_of(QueryParams("target=7"), ("default",)) == ("default", 7)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        pytest.param("", TARGET, id="nothing"),
        pytest.param("account=live", TARGET, id="no target"),
        pytest.param("target=&account=live", TARGET, id="an empty target"),
        pytest.param("target=0&account=live", TARGET, id="zero"),
        pytest.param("target=-1&account=live", TARGET, id="a negative number"),
        pytest.param("target=%2B1&account=live", TARGET, id="a sign"),
        pytest.param("target=1.0&account=live", TARGET, id="a fraction"),
        pytest.param("target=1e3&account=live", TARGET, id="an exponent"),
        pytest.param("target=007&account=live", TARGET, id="leading zeros"),
        pytest.param("target=1%0A&account=live", TARGET, id="a line feed at the end"),
        pytest.param("target=+1&account=live", TARGET, id="a space"),
        pytest.param("target=%EF%BC%91&account=live", TARGET, id="a digit outside ASCII"),
        pytest.param(f"target={2**63}&account=live", TARGET, id="too large"),
        pytest.param(f"target={'9' * 5000}&account=live", TARGET, id="far too large"),
        pytest.param("target=http://other/1&account=live", TARGET, id="an address"),
        pytest.param("target=../1&account=live", TARGET, id="a path"),
        pytest.param("target=1&target=2&account=live", TARGET, id="two targets"),
        pytest.param("target=1", ACCOUNT, id="no account of two"),
        pytest.param("target=1&account=", ACCOUNT, id="an empty account"),
        pytest.param("target=1&account=Live", ACCOUNT, id="an account that is not configured"),
        pytest.param("target=1&account=live&account=live", ACCOUNT, id="two accounts"),
    ],
)
def test_what_is_no_job_of_an_account_is_refused(query: str, message: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        target_of(QueryParams(query), ("live", "sandbox"))
    assert str(caught.value) == message


def test_an_account_that_is_named_and_empty_is_not_left_out() -> None:
    with pytest.raises(ValueError, match="account"):
        target_of(QueryParams("target=1&account="), ("default",))


def test_an_account_that_is_named_twice_is_not_left_out() -> None:
    with pytest.raises(ValueError, match="account"):
        target_of(QueryParams("target=1&account=live&account=live"), ("live",))
