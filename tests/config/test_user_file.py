import asyncio
import os
import socket
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from exporter.config.user_file import UserFile, read_file
from exporter.model.errors import UnreadableError
from exporter.scrape.threads import Threads
from tests.support.program import PATIENCE

MOST = 2048


def refusal(file: Path) -> str:
    with pytest.raises(UnreadableError) as caught:
        read_file(file, MOST)
    return str(caught.value)


@pytest.mark.parametrize("size", [0, 1, MOST])
def test_a_file_is_read_to_its_end(tmp_path: Path, size: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * size)
    assert read_file(file, MOST).data == b"x" * size


def test_a_link_is_the_file_that_it_leads_to(tmp_path: Path) -> None:
    """Kubernetes mounts a secret as links to links."""
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"x")
    file.chmod(0o640)
    link.symlink_to("file")
    found = read_file(link, MOST)
    assert found == UserFile(b"x", found.mode)
    assert found.mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("most", "size"),
    [(1024, "1 KiB"), (64 * 1024, "64 KiB"), (1024 * 1024, "1 MiB"), (4 * 1024 * 1024, "4 MiB")],
)
def test_a_file_that_is_larger_is_refused_with_its_limit(
    tmp_path: Path, most: int, size: str
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * (most + 1))
    with pytest.raises(UnreadableError, match=f"^expected at most {size}$"):
        read_file(file, most)


def test_of_a_file_without_an_end_no_more_is_read_than_is_wanted(tmp_path: Path) -> None:
    """A sparse file of a TiB takes no space on the disk, but more memory than there is."""
    file = tmp_path / "file"
    with file.open("wb") as stream:
        stream.truncate(1 << 40)
    assert refusal(file) == "expected at most 2 KiB"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("none", "a readable file: No such file or directory", id="nothing"),
        pytest.param(".", "a readable file: Is a directory", id="a folder"),
        pytest.param("pipe", "a regular file", id="a pipe that nobody writes to"),
        pytest.param("socket", "a readable file: No such device or address", id="a socket"),
        pytest.param("/dev/zero", "a regular file", id="a device without an end"),
        pytest.param("/dev/null", "a regular file", id="a device without anything in it"),
        pytest.param("zero", "a regular file", id="a link to a device"),
    ],
)
def test_what_is_no_regular_file_is_refused_and_not_waited_for(
    tmp_path: Path, name: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path has at most about a hundred characters
    os.mkfifo("pipe")
    Path("zero").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        reading = Threads("read", most_late=1).run(partial(refusal, Path(name)), PATIENCE)
        assert asyncio.run(reading) == f"expected {problem}"


def test_a_pipe_is_read_to_its_end_where_it_may_be_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=partial(pipe.write_bytes, b"x" * MOST), daemon=True)
    writer.start()
    assert read_file(pipe, MOST, or_pipe=True).data == b"x" * MOST
    writer.join(PATIENCE)


def test_where_it_may_be_a_pipe_a_device_is_refused() -> None:
    with pytest.raises(UnreadableError, match=r"^expected a regular file$"):
        read_file(Path("/dev/zero"), MOST, or_pipe=True)
