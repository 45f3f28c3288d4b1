"""The web configuration in a file system that is slow or hangs: nobody waits long for it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporter.web.access.loaded import LoadedWebConfig, reread
from exporter.web.access.reload import Access
from tests.support.program import PATIENCE
from tests.web.answering import PATIENT, app
from tests.web.changing import HASH, TLS, USER, events, problems_of, put, requests_come
from tests.web.serving import Certificates, served

HANGS = ("warning", "web configuration hangs, keeping the last good one")
ENDS = ("info", "web configuration no longer hangs")


class HeldReread:
    """Rereads the files as the program does, but ends only when it may."""

    def __init__(self) -> None:
        self.begun = 0
        self.began = threading.Event()
        self.may_end = threading.Event()
        self.thread: threading.Thread | None = None

    def __call__(self, file: Path, known: LoadedWebConfig) -> LoadedWebConfig:
        self.begun += 1
        self.thread = threading.current_thread()
        loaded = reread(file, known)
        self.began.set()
        assert self.may_end.wait(PATIENCE)
        return loaded


@pytest.fixture
def held() -> HeldReread:
    return HeldReread()


def access_by(folder: Path, held: HeldReread, timeout: float = PATIENCE) -> Access:
    """Return the access by a file with one user."""
    return Access(put(folder, "web.yml", USER), held, timeout)


def other_user(folder: Path) -> None:
    put(folder, "web.yml", USER.replace("me", "it"))


async def until(is_so: Callable[[], bool], again: Callable[[], Awaitable[object]]) -> None:
    """Repeat `again` until `is_so`."""
    async with asyncio.timeout(PATIENCE):
        while not is_so():
            await again()


def test_a_thread_that_rereads_does_not_hold_up_the_end(tmp_path: Path, held: HeldReread) -> None:
    held.may_end.set()
    asyncio.run(access_by(tmp_path, held).reread())
    assert held.thread is not threading.current_thread()
    assert held.thread is not None
    assert held.thread.daemon


def test_requests_that_come_at_once_share_a_reread(tmp_path: Path, held: HeldReread) -> None:
    held.may_end.set()
    access = access_by(tmp_path, held)

    async def ask() -> None:
        await asyncio.gather(*(access.reread() for _ in range(50)))

    asyncio.run(ask())
    assert held.begun == 1


def test_a_request_that_comes_during_a_reread_is_judged_by_the_next(
    tmp_path: Path, held: HeldReread
) -> None:
    access = access_by(tmp_path, held)

    async def ask() -> None:
        first = asyncio.create_task(access.reread())
        await asyncio.to_thread(held.began.wait, PATIENCE)
        other_user(tmp_path)
        later = [asyncio.create_task(access.reread()) for _ in range(50)]
        held.may_end.set()
        await asyncio.gather(first, *later)

    asyncio.run(ask())
    assert access.config.basic_auth_users == {"it": HASH}
    assert held.begun == 2


def test_while_the_files_hang_the_last_good_configuration_serves_and_is_shown_as_bad(
    tmp_path: Path, held: HeldReread
) -> None:
    access = access_by(tmp_path, held, timeout=0.01)

    async def ask() -> None:
        other_user(tmp_path)
        await until(lambda: problems_of(access) != (), access.reread)
        begun, asking = held.begun, access.reread()
        with pytest.raises(StopIteration):
            asking.send(None)  # returns at once, without a wait
        assert held.begun == begun, "no other reread begins"
        assert access.config.basic_auth_users == {"me": HASH}
        assert problems_of(access) == (
            f"{tmp_path / 'web.yml'}: expected files that can be read, but they hang",
        )

    asyncio.run(ask())


def test_files_that_hang_are_told_once_each_way_and_count_when_they_end(
    tmp_path: Path, held: HeldReread
) -> None:
    access = access_by(tmp_path, held, timeout=0.01)

    async def ask() -> None:
        other_user(tmp_path)
        for _ in range(3):
            await until(lambda: problems_of(access) != (), access.reread)
        held.may_end.set()
        await until(lambda: problems_of(access) == (), lambda: asyncio.sleep(0))
        await access.reread()

    with capture_logs() as logs:
        asyncio.run(ask())
    assert events(logs) == [HANGS, ENDS, ("info", "web configuration changed")]
    assert access.config.basic_auth_users == {"it": HASH}


def test_the_server_answers_and_ends_while_the_files_hang(tmp_path: Path, held: HeldReread) -> None:
    access = Access(put(tmp_path, "web.yml", ""), held, timeout=0.01)
    with served(app, access, PATIENT) as server:
        assert [server.ask().body for _ in range(3)] == [b"here"] * 3
        assert held.began.wait(PATIENCE)
    held.may_end.set()


def test_tls_begins_with_the_last_certificate_while_the_files_hang(
    tmp_path: Path, certificates: Certificates, held: HeldReread
) -> None:
    certificates.write("server", "127.0.0.1")
    access = Access(put(tmp_path, "web.yml", TLS), held, timeout=0.01)
    with served(app, access, PATIENT) as server:
        assert server.ask(context=certificates.trusting()).body == b"here"
    held.may_end.set()


def test_a_client_that_leaves_during_the_reread_before_tls_is_forgotten(
    tmp_path: Path, certificates: Certificates, held: HeldReread
) -> None:
    certificates.write("server", "127.0.0.1")
    access = Access(put(tmp_path, "web.yml", TLS), held, PATIENCE)
    with served(app, access, PATIENT) as server:
        server.connect().close()
        assert held.began.wait(PATIENCE)
        held.may_end.set()
        assert server.ask(context=certificates.trusting()).body == b"here"


def test_a_failure_of_the_exporter_itself_is_told_once_each_way_and_the_last_one_stays(
    tmp_path: Path,
) -> None:
    broken = True

    def reread_or_fail(file: Path, known: LoadedWebConfig) -> LoadedWebConfig:
        if broken:
            raise ZeroDivisionError
        return reread(file, known)

    access = Access(put(tmp_path, "web.yml", USER), reread_or_fail)
    with capture_logs() as logs:
        requests_come(access)
        (problem,) = problems_of(access)
        broken = False
        requests_come(access)
    assert "the exporter failed to read it" in problem
    assert access.config.basic_auth_users == {"me": HASH}
    assert problems_of(access) == ()
    assert events(logs) == [
        ("error", "the exporter failed to read the web configuration"),
        ("info", "the exporter can read the web configuration again"),
    ]
