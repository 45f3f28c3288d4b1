from dataclasses import replace

import pytest

from exporter.model.failures import FAILURES, Failure, InvalidResponse, Unauthorized
from exporter.model.rate_limit import RateLimit


def test_each_reason_of_the_contract_has_an_error_of_its_own() -> None:
    assert [error.reason for error in FAILURES] == [
        "timeout",
        "connection",
        "tls",
        "unauthorized",
        "not_found",
        "rate_limited",
        "client_error",
        "server_error",
        "invalid_response",
    ]


@pytest.mark.parametrize("kind", FAILURES)
def test_a_refused_key_alone_refuses_the_key(kind: type[Failure]) -> None:
    assert kind("why").refuses_key == (kind is Unauthorized)


def test_an_invalid_answer_is_the_apis_only_when_it_says_so() -> None:
    assert not InvalidResponse("a page", 200).api_is_up
    assert InvalidResponse("no status", 200, from_api=True).api_is_up


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failure_takes_what_the_headers_say_and_stays_what_it_is(kind: type[Failure]) -> None:
    said = RateLimit(retry_after=7.0)
    failure = replace(kind("why", 418), said=said)
    assert (type(failure), str(failure), failure.said) == (kind, "why", said)
