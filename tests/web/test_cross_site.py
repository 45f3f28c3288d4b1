"""The paths that act refuse what another site makes a browser ask for."""

from pathlib import Path

import bcrypt
import pytest
from structlog.testing import capture_logs

from exporter.web.access.admission import Admission
from exporter.web.access.reload import Access
from tests.support.asgi import Ask, ask, ask_all
from tests.support.house import House, told

PROBE = "/probe?target=1&account=live"
ANOTHER = {"Sec-Fetch-Site": "cross-site"}


@pytest.mark.parametrize("site", ["cross-site", "Cross-Site", " cross-site "])
@pytest.mark.parametrize(
    ("path", "method"), [(PROBE, "GET"), (PROBE, "HEAD"), ("/-/reload", "POST")]
)
def test_what_another_site_asks_for_is_refused_and_does_nothing(
    house: House, path: str, method: str, site: str
) -> None:
    house.configure(4)
    with capture_logs() as logs:
        (answer,) = ask_all(house.app, Ask(path, {"Sec-Fetch-Site": site}, method))
    assert (answer.status, answer.body) == (403, b"Another site asks for this\n")
    assert house.asked() == []
    assert told(logs) == []


@pytest.mark.parametrize("site", ["same-origin", "same-site", "none", "", "cross-site-not"])
@pytest.mark.parametrize(("path", "method"), [(PROBE, "GET"), ("/-/reload", "POST")])
def test_what_a_person_or_the_own_site_asks_for_is_done(
    house: House, path: str, method: str, site: str
) -> None:
    without = Ask(path, method=method)
    answers = ask_all(house.app, without, without._replace(headers={"Sec-Fetch-Site": site}))
    assert [answer.status for answer in answers] == [200, 200]


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready"])
def test_what_only_shows_is_shown_whoever_asks(house: House, path: str) -> None:
    assert ask(house.app, path, ANOTHER).status == 200


def test_another_site_does_not_learn_what_else_is_wrong_with_a_probe(house: House) -> None:
    assert ask(house.app, "/probe?target=x", ANOTHER).status == 403


def test_a_reload_by_get_is_no_reload_whoever_asks(house: House) -> None:
    assert ask(house.app, "/-/reload", ANOTHER).status == 405


def test_the_users_come_before_the_sites(house: House, tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    hashed = bcrypt.hashpw(b"right", bcrypt.gensalt(4)).decode()
    file.write_text(f"basic_auth_users: {{prometheus: {hashed}}}", encoding="ascii")
    assert ask(Admission(house.app, Access(file)), PROBE, ANOTHER).status == 401
