"""What one attempt to read a job says of its account."""

from dataclasses import replace

import pytest

from exporter.model.attempt import Answer, Attempt
from exporter.model.failures import (
    ClientError,
    Failure,
    NotFound,
    RateLimited,
    ReadTimeout,
    ServerError,
    Unauthorized,
)
from exporter.model.instant import Instant
from exporter.model.rate_limit import RateLimit
from tests.support.readers import RUNNING

NOW = Instant(1000.0, 1_700_000_000.0)
ANSWER = Answer(200, RUNNING)
UNAVAILABLE = ServerError("the API failed (503)", 503)


def attempt(result: Answer | Failure) -> Attempt:
    return Attempt(1, NOW, NOW, NOW, result)


@pytest.mark.parametrize(
    ("result", "good"),
    [
        pytest.param(ANSWER, True, id="a job"),
        pytest.param(NotFound("gone", 404), True, id="no such job"),
        pytest.param(ClientError("conflict", 409), True, id="another refusal"),
        pytest.param(RateLimited("spent", 429), False, id="no more requests"),
        pytest.param(Unauthorized("no", 401), False, id="a refused key"),
        pytest.param(UNAVAILABLE, False, id="an API that fails"),
        pytest.param(ReadTimeout("late"), False, id="no answer"),
    ],
)
def test_an_answer_is_good_where_the_api_accepts_the_key_and_is_not_spent(
    result: Answer | Failure, good: bool
) -> None:
    assert attempt(result).good is good


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        pytest.param(UNAVAILABLE, 1200.0, id="503"),
        pytest.param(ServerError("the API failed (500)", 500), None, id="another failure"),
        pytest.param(RateLimited("spent", 429), None, id="429, which is the budget's"),
    ],
)
def test_only_a_503_asks_to_be_left_alone(error: Failure, seconds: float | None) -> None:
    error = replace(error, said=RateLimit(retry_after=1200.0))
    assert attempt(error).asked_to_wait == seconds


@pytest.mark.parametrize("retry_after", [None, 0.0])
def test_a_503_that_asks_for_no_wait_is_like_any_other_failure(retry_after: float | None) -> None:
    error = ServerError("the API failed (503)", 503, said=RateLimit(retry_after=retry_after))
    assert attempt(error).asked_to_wait is None
