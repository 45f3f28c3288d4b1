"""The contents of the files of the web configuration."""

import os
from pathlib import Path

import pytest

from exporter.config.user_file import Content
from exporter.web.access.file_contents import LARGEST_WEB_FILE, FileReader


def test_a_file_is_what_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * LARGEST_WEB_FILE)
    assert FileReader().read(file) == Content(b"x" * LARGEST_WEB_FILE)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("none", "expected a readable file: No such file or directory", id="none"),
        pytest.param("large", "expected at most 1 MiB", id="a large one"),
        pytest.param("pipe", "expected a regular file", id="a pipe that nobody writes to"),
        pytest.param("/dev/zero", "expected a regular file", id="a device without an end"),
        pytest.param(".", "expected a readable file: Is a directory", id="a folder"),
        pytest.param("loop", "expected a readable file: Too many levels of", id="a link to itself"),
    ],
)
def test_of_what_cannot_be_read_it_is_said_why(tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "large").write_bytes(b"x" * (LARGEST_WEB_FILE + 1))
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    content = FileReader().read(tmp_path / name)
    assert content.data == b""
    assert content.problem.startswith(problem)


def test_what_is_in_a_file_is_not_printed(tmp_path: Path) -> None:
    file = tmp_path / "server.key"
    file.write_text("hunter2", encoding="ascii")
    assert "hunter2" not in repr(FileReader().read(file))


def test_a_file_is_read_once_however_it_changes_meanwhile(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"before")
    files = FileReader()
    files.read(file)
    file.write_bytes(b"after")
    assert files.read(file) == Content(b"before")
    assert files.contents == {file: Content(b"before")}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        pytest.param("as it was", True, id="written again"),
        pytest.param("as it is!", False, id="of the same size"),
        pytest.param(None, False, id="gone"),
    ],
)
def test_files_are_compared_by_what_is_in_them(
    tmp_path: Path, text: str | None, same: bool
) -> None:
    file = tmp_path / "file"
    file.write_text("as it was", encoding="ascii")
    before = FileReader()
    before.read(file)
    file.unlink() if text is None else file.write_text(text, encoding="ascii")
    assert FileReader().are_unchanged(before.contents) is same
