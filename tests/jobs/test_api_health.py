"""Whether an API counts as up, by how its reads end."""

from exporter.jobs.api_health import ENOUGH, UP, ApiHealth
from exporter.model.failures import NotFound, ReadTimeout, ServerError, Unauthorized

DOWN = ServerError("the API failed (500)", 500)
JOBS = 10


def failures(jobs: range, health: ApiHealth, many: int = JOBS) -> ApiHealth:
    for job_id in jobs:
        health = health.after_failure(job_id, DOWN, many)
    return health


def test_nothing_is_known_before_the_first_read() -> None:
    assert ApiHealth().up is None


def test_enough_jobs_that_fail_in_a_row_mean_that_the_api_is_down() -> None:
    health = UP
    assert failures(range(ENOUGH - 1), health).up is True
    down = failures(range(ENOUGH), health)
    assert (down.up, down.trouble) == (False, "the API failed (500)")


def test_one_job_that_fails_again_and_again_does_not_mean_that_the_api_is_down() -> None:
    health = UP
    for _ in range(10):
        health = health.after_failure(1, DOWN, JOBS)
    assert health.up is True


def test_of_few_jobs_fewer_failures_are_enough() -> None:
    assert failures(range(1), ApiHealth(), many=1).up is False
    assert failures(range(1), ApiHealth(), many=2).up is None
    assert failures(range(2), ApiHealth(), many=2).up is False


def test_a_failure_before_anything_was_sent_means_at_once_that_the_api_is_down() -> None:
    hangs = ReadTimeout("the API's name hangs", requests=0)
    assert ApiHealth().after_failure(1, hangs, JOBS).up is False


def test_a_404_is_an_answer_of_the_api() -> None:
    health = failures(range(ENOUGH), ApiHealth())
    gone = NotFound("the API knows no such job (404)", 404)
    assert health.after_failure(1, gone, JOBS).up is True


def test_a_refused_key_means_at_once_that_the_api_is_down() -> None:
    refused = Unauthorized("the API refused the key (401)", 401)
    assert UP.after_failure(1, refused, JOBS).up is False
