"""The checks that a request passes before it reaches the application, in their order."""

import asyncio
import threading
import time
from base64 import b64encode
from pathlib import Path

import bcrypt
import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from exporter.web.access.admission import LARGEST_BODY, Admission
from exporter.web.access.passwords import Passwords
from exporter.web.access.reload import Access
from tests.support.asgi import Answer, Ask, answer_to, ask, ask_all, somebody
from tests.support.program import PATIENCE
from tests.web.changing import CLIENTS, put

HASH = bcrypt.hashpw(b"right", bcrypt.gensalt(4)).decode()
OTHER_HASH = bcrypt.hashpw(b"other", bcrypt.gensalt(4)).decode()
USERS = f"basic_auth_users: {{prometheus: {HASH}}}\n"
SCRAPER = CLIENTS.replace("}", ", client_allowed_sans: [scraper]}")
HEADERS = "http_server_config: {headers: {X-Frame-Options: deny, Content-Security-Policy: mine}}\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the application's own policy, or with 404."""
    path = Request(scope).url.path
    answer = (
        PlainTextResponse("Not Found", 404)
        if path == "/missing"
        else HTMLResponse("in", headers={"Content-Security-Policy": "own"})
    )
    await answer(scope, receive, send)


def write(folder: Path, text: str) -> Path:
    return put(folder, "web.yml", text)


def admission_by(folder: Path, text: str, inner: ASGIApp = app) -> Admission:
    return Admission(inner, Access(write(folder, text)))


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


def test_without_a_file_everybody_comes_in() -> None:
    answer = ask(Admission(app, Access()), "/")
    assert (answer.status, answer.body) == (200, b"in")


def test_a_user_comes_in_with_his_password(tmp_path: Path) -> None:
    answer = ask(admission_by(tmp_path, USERS), "/", basic("prometheus", "right"))
    assert (answer.status, answer.body) == (200, b"in")


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/missing", "/../x"])
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nothing"),
        pytest.param(basic("prometheus", "wrong"), id="a wrong password"),
        pytest.param(basic("nobody", "right"), id="an unknown user"),
        pytest.param(basic("prometheus", "x" * 73), id="a long password"),
        pytest.param({"Authorization": "Bearer right"}, id="another scheme"),
    ],
)
def test_every_path_is_behind_the_users(tmp_path: Path, path: str, headers: dict[str, str]) -> None:
    answer = ask(admission_by(tmp_path, USERS), path, headers)
    assert (answer.status, answer.body) == (401, b"Unauthorized\n")
    assert answer.headers["www-authenticate"] == "Basic"


def test_the_headers_are_on_every_answer_and_win_over_its_own(tmp_path: Path) -> None:
    admission = admission_by(tmp_path, HEADERS + USERS + "rate_limit: {interval: 1h, burst: 4}")
    right = basic("prometheus", "right")
    answers = ask_all(
        admission,
        Ask("/", right),
        Ask("/missing", right),
        Ask("/"),
        Ask("/", {"Content-Length": str(LARGEST_BODY + 1)}),
        Ask("/", right),
    )
    assert [answer.status for answer in answers] == [200, 404, 401, 413, 429]
    for answer in answers:
        assert answer.headers["content-security-policy"] == "mine"
        assert answer.headers["x-frame-options"] == "deny"


def test_an_answer_keeps_what_is_not_configured(tmp_path: Path) -> None:
    answer = ask(
        admission_by(tmp_path, "http_server_config: {headers: {X-Frame-Options: deny}}"), "/"
    )
    assert answer.headers["content-security-policy"] == "own"


@pytest.mark.parametrize("length", [str(LARGEST_BODY + 1), "9" * 400])
def test_a_large_body_is_refused_by_what_it_says(tmp_path: Path, length: str) -> None:
    answer = ask(admission_by(tmp_path, ""), "/", {"Content-Length": length})
    assert (answer.status, answer.headers["connection"]) == (413, "close")


def test_a_small_body_is_let_through(tmp_path: Path) -> None:
    assert ask(admission_by(tmp_path, ""), "/", {"Content-Length": str(LARGEST_BODY)}).status == 200


def test_users_and_headers_are_those_of_the_file_as_it_is_now(tmp_path: Path) -> None:
    admission = admission_by(tmp_path, "")
    assert ask(admission, "/").status == 200
    write(tmp_path, USERS)
    assert ask(admission, "/").status == 401
    assert ask(admission, "/", basic("prometheus", "right")).status == 200
    write(tmp_path, HEADERS + USERS)
    assert ask(admission, "/").headers["x-frame-options"] == "deny"


def test_a_changed_rate_limit_holds_at_once_and_an_unchanged_one_goes_on(tmp_path: Path) -> None:
    admission = admission_by(tmp_path, "")
    write(tmp_path, "rate_limit: {interval: 1h, burst: 1}")
    assert [ask(admission, "/").status for _ in range(2)] == [200, 429]
    write(tmp_path, HEADERS + "rate_limit: {interval: 1h, burst: 1}")
    assert ask(admission, "/").status == 429


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="emptied"),
        pytest.param("basic_auth_users:", id="cut off before the users"),
        pytest.param(f"basic_auth_users: {{prometheus: {HASH[:-9]}", id="cut off in a hash"),
        pytest.param("basic_auth_users: {prometheus: hunter2}", id="a password in clear"),
    ],
)
def test_a_file_that_turns_bad_lets_in_whom_the_last_good_one_does(
    tmp_path: Path, text: str
) -> None:
    admission = admission_by(tmp_path, HEADERS + USERS)
    right, wrong = basic("prometheus", "right"), basic("prometheus", "hunter2")
    write(tmp_path, text)
    answers = ask_all(admission, Ask("/", right), Ask("/"), Ask("/", wrong), Ask("/missing", right))
    assert [one.status for one in answers] == [200, 401, 401, 404]
    assert {one.headers["x-frame-options"] for one in answers} == {"deny"}


def test_a_user_who_is_removed_and_a_password_that_is_changed_are_refused_at_once(
    tmp_path: Path,
) -> None:
    admission = admission_by(tmp_path, USERS.replace("}", f", other: {HASH}}}"))
    right, other = Ask("/", basic("prometheus", "right")), Ask("/", basic("other", "right"))
    assert [one.status for one in ask_all(admission, right, other)] == [200, 200]
    write(tmp_path, USERS)
    assert [one.status for one in ask_all(admission, right, other)] == [200, 401]
    changed = bcrypt.hashpw(b"changed", bcrypt.gensalt(4)).decode()
    write(tmp_path, USERS.replace(HASH, changed))
    answers = ask_all(admission, right, Ask("/", basic("prometheus", "changed")))
    assert [one.status for one in answers] == [401, 200]


def test_nobody_is_told_to_wait_however_many_tries_there_are(tmp_path: Path) -> None:
    admission = admission_by(tmp_path, USERS)

    async def all_at_once() -> list[Answer]:
        asks = [Ask("/", basic("prometheus", str(number))) for number in range(20)]
        asks.append(Ask("/", basic("prometheus", "right")))
        return await asyncio.gather(*(answer_to(admission, one) for one in asks))

    assert [one.status for one in asyncio.run(all_at_once())] == [401] * 20 + [200]


def test_the_time_of_a_request_counts_from_before_its_password_is_checked(tmp_path: Path) -> None:
    arrived: list[float] = []
    checked: list[float] = []

    def check(_password: bytes, _hashed: bytes) -> bool:
        checked.append(time.monotonic())
        return True

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        arrived.append(scope["state"]["arrived"])
        await PlainTextResponse("in")(scope, receive, send)

    admission = Admission(inner, Access(write(tmp_path, USERS)), Passwords(check))
    began = time.monotonic()
    assert ask(admission, "/", basic("prometheus", "right")).status == 200
    assert began <= arrived[0] < checked[0]


def test_the_password_of_a_client_that_has_gone_is_waited_for_no_longer(tmp_path: Path) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def check(_password: bytes, _hashed: bytes) -> bool:
        begun.set()
        return may_end.wait(PATIENCE)

    async def leave() -> int:
        admission = Admission(app, Access(write(tmp_path, USERS)), Passwords(check))
        peer = somebody()
        request = Ask("/", basic("prometheus", "right"))
        asking = asyncio.create_task(answer_to(admission, request, {"peer": peer}))
        await asyncio.to_thread(begun.wait, PATIENCE)
        peer.mark_gone()
        answer = await asking
        may_end.set()
        return answer.status

    assert asyncio.run(leave()) == 401


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(USERS.replace(HASH, OTHER_HASH), id="another password"),
        pytest.param(USERS.replace("prometheus", "somebody"), id="another user"),
    ],
)
def test_a_password_is_judged_by_what_is_in_force_when_its_check_ends(
    tmp_path: Path, text: str
) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def check(password: bytes, hashed: bytes) -> bool:
        begun.set()
        return may_end.wait(PATIENCE) and bcrypt.checkpw(password, hashed)

    async def change() -> list[int]:
        access = Access(write(tmp_path, USERS))
        admission = Admission(app, access, Passwords(check))
        asking = asyncio.create_task(answer_to(admission, Ask("/", basic("prometheus", "right"))))
        await asyncio.to_thread(begun.wait, PATIENCE)
        write(tmp_path, text)
        await access.reread()
        may_end.set()
        answers = [await asking, await answer_to(admission, Ask("/", basic("prometheus", "right")))]
        return [answer.status for answer in answers]

    assert asyncio.run(change()) == [401, 401]


@pytest.mark.usefixtures("certificates")
def test_a_client_whose_certificate_is_no_longer_allowed_when_its_check_ends_is_cut_off(
    tmp_path: Path,
) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def check(_password: bytes, _hashed: bytes) -> bool:
        begun.set()
        return may_end.wait(PATIENCE)

    async def change() -> bool:
        access = Access(write(tmp_path, SCRAPER + USERS))
        peer = somebody()
        peer.certificate = {"subjectAltName": (("DNS", "scraper"),)}
        peer.client_cas = access.client_cas
        admission = Admission(app, access, Passwords(check))
        request = Ask("/", basic("prometheus", "right"))
        asking = asyncio.create_task(answer_to(admission, request, {"peer": peer}))
        await asyncio.to_thread(begun.wait, PATIENCE)
        write(tmp_path, SCRAPER.replace("scraper", "another") + USERS)
        await access.reread()
        may_end.set()
        await asyncio.wait({asking})
        return peer.gone.done()

    assert asyncio.run(change())
