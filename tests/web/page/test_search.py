"""The search for jobs by words."""

import pytest

from exporter.config.sections import WatchedJob
from exporter.jobs.snapshot import JobView
from exporter.model.failures import ServerError
from exporter.web.page.row import row_of
from exporter.web.page.search import finder
from tests.support.snapshots import make_job, make_reading, make_view

WATCHED = WatchedJob(id=2607617, name="q3-price-push", labels={"team": "pricing"})
PUSH = make_view(WATCHED, make_reading(make_job()))
BROKEN = make_view(17, make_reading(None, ServerError("the API failed (503)", 503)), account="eu")


def is_found(view: JobView, find: str) -> bool:
    return finder(find)(row_of(view, not_read=False))


@pytest.mark.parametrize(
    ("view", "find"),
    [
        pytest.param(PUSH, "price", id="a name"),
        pytest.param(PUSH, "0761", id="an id"),
        pytest.param(PUSH, "bulkprice", id="a type"),
        pytest.param(PUSH, "RUNNING", id="a state, in capitals"),
        pytest.param(PUSH, "processing", id="a word of the API"),
        pytest.param(PUSH, "pricing", id="a label"),
        pytest.param(BROKEN, "eu", id="an account"),
        pytest.param(BROKEN, "(503)", id="an error"),
        pytest.param(BROKEN, "server_error", id="a reason"),
        pytest.param(BROKEN, "unreadable", id="a kind"),
        pytest.param(PUSH, "push running q3", id="words in any order"),
        pytest.param(PUSH, "  ", id="nothing"),
    ],
)
def test_a_job_is_found_by_what_is_known_of_it(view: JobView, find: str) -> None:
    assert is_found(view, find)


@pytest.mark.parametrize("find", [".*", "push failed", "name", "q3 eu", "push2607617"])
def test_a_job_without_each_of_the_words_is_not_found(find: str) -> None:
    assert not is_found(PUSH, find)


@pytest.mark.parametrize(
    ("name", "find"),
    [
        pytest.param("pri\u200bces", "prices", id="no width in a name"),
        pytest.param("prices", "\ufeffpri\u00adces\u200b", id="no width in what is pasted"),
        pytest.param("Pr\u00edces", "prices", id="an accent in a name"),
        pytest.param("prices", "PRI\u0301CES", id="an accent in what is typed"),
        pytest.param("\uff50rices", "prices", id="a wide letter"),
        pytest.param("Stra\u00dfe", "STRASSE", id="a letter with two capitals"),
    ],
)
def test_a_job_is_found_whatever_cannot_be_seen_or_typed(name: str, find: str) -> None:
    assert is_found(make_view(WatchedJob(id=1, name=name)), find)
