"""The paths that act refuse what another site makes a browser ask for."""

from pathlib import Path

import bcrypt
import pytest
from structlog.testing import capture_logs

from exporter.web.access.admission import Admission
from exporter.web.access.reload import Access
from tests.support.asgi import Ask, ask, ask_all
from tests.support.installation import Installation, told

PROBE = "/probe?target=1&account=live"
ANOTHER = {"Sec-Fetch-Site": "cross-site"}


@pytest.mark.parametrize("site", ["cross-site", "Cross-Site", " cross-site "])
@pytest.mark.parametrize(
    ("path", "method"), [(PROBE, "GET"), (PROBE, "HEAD"), ("/-/reload", "POST")]
)
def test_what_another_site_asks_for_is_refused_and_does_nothing(
    installation: Installation, path: str, method: str, site: str
) -> None:
    installation.configure(4)
    with capture_logs() as logs:
        (answer,) = ask_all(installation.app, Ask(path, {"Sec-Fetch-Site": site}, method))
    assert (answer.status, answer.body) == (403, b"Cross-site request refused\n")
    assert installation.asked() == []
    assert told(logs) == []


@pytest.mark.parametrize("site", ["same-origin", "same-site", "none", "", "cross-site-not"])
@pytest.mark.parametrize(("path", "method"), [(PROBE, "GET"), ("/-/reload", "POST")])
def test_what_a_person_or_the_own_site_asks_for_is_done(
    installation: Installation, path: str, method: str, site: str
) -> None:
    without = Ask(path, method=method)
    answers = ask_all(installation.app, without, without._replace(headers={"Sec-Fetch-Site": site}))
    assert [answer.status for answer in answers] == [200, 200]


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready"])
def test_what_only_shows_is_shown_whoever_asks(installation: Installation, path: str) -> None:
    assert ask(installation.app, path, ANOTHER).status == 200


def test_another_site_does_not_learn_what_else_is_wrong_with_a_probe(
    installation: Installation,
) -> None:
    assert ask(installation.app, "/probe?target=x", ANOTHER).status == 403


def test_a_reload_by_get_is_no_reload_whoever_asks(installation: Installation) -> None:
    assert ask(installation.app, "/-/reload", ANOTHER).status == 405


def test_the_users_come_before_the_sites(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    hashed = bcrypt.hashpw(b"right", bcrypt.gensalt(4)).decode()
    file.write_text(f"basic_auth_users: {{prometheus: {hashed}}}", encoding="ascii")
    assert ask(Admission(installation.app, Access(file)), PROBE, ANOTHER).status == 401
