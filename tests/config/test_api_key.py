import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from exporter.config.api_key import LARGEST_KEY_FILE, KeyFile, KeySource, KeyVariable, Secret
from exporter.model.errors import SecretError

KEY = "c2VjcmV0S2V5MTI="
NEW_KEY = "bmV3S2V5MTIzNDU="
VARIABLE = "FUSEBILL_TEST_KEY"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def refusal(source: KeySource) -> str:
    with pytest.raises(SecretError) as caught:
        source.read()
    return str(caught.value)


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(str(Secret(KEY)), id="str"),
        pytest.param(repr(Secret(KEY)), id="repr"),
        pytest.param(f"{Secret(KEY)}", id="in an f-string"),
        pytest.param("%s %r" % (Secret(KEY), Secret(KEY)), id="in a log message"),  # noqa: UP031
        pytest.param(str([Secret(KEY)]), id="in a list"),
        pytest.param(str({"key": Secret(KEY)}), id="in a mapping"),
    ],
)
def test_a_secret_prints_as_a_placeholder(shown: str) -> None:
    assert "<secret>" in shown
    assert KEY not in shown


def test_a_secret_is_revealed_to_whom_asks_for_it() -> None:
    assert Secret(KEY).reveal() == KEY


def test_secrets_are_equal_when_their_texts_are() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret(NEW_KEY)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(KEY, id="the key alone"),
        pytest.param(f"{KEY}\n", id="a line feed after it"),
        pytest.param(f"\r\n\t {KEY} \r\n", id="white space on both sides"),
    ],
)
def test_a_key_is_trimmed_wherever_it_comes_from(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_bytes(text.encode())
    monkeypatch.setenv(VARIABLE, text)
    assert KeyFile(file).read().reveal() == KEY
    assert KeyVariable(VARIABLE).read().reveal() == KEY


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "expected an API key, but it is empty", id="nothing"),
        pytest.param(
            f"'{KEY}'", "expected the API key without quotes around it", id="one in quotes"
        ),
    ],
)
def test_what_is_no_key_is_refused_without_being_said(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_bytes(text.encode())
    monkeypatch.setenv(VARIABLE, text)
    assert refusal(KeyFile(file)) == message
    said = refusal(KeyVariable(VARIABLE))
    assert said == f"{message} (in the environment variable {VARIABLE})"


def test_a_variable_is_read_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    source = KeyVariable(VARIABLE)
    monkeypatch.setenv(VARIABLE, KEY)
    assert source.read() == Secret(KEY)
    monkeypatch.setenv(VARIABLE, NEW_KEY)
    assert source.read() == Secret(NEW_KEY)


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert refusal(KeyVariable(VARIABLE)) == (
        f"expected an API key in the environment variable {VARIABLE}, but it is not set"
    )


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("c2VjcmV0S2V5MTI", id="a key with small letters"),
        pytest.param(KEY, id="a key with padding"),
        pytest.param("S3CRET" * 20, id="a long one in capitals"),
        pytest.param("MFRGG2LUMFRGG3DFMZTWQ2I", id="one in base32"),
    ],
)
def test_a_name_that_may_be_a_key_is_never_said(name: str) -> None:
    message = refusal(KeyVariable(name))
    assert message == "expected an API key in the environment variable, but it is not set"
    assert name not in repr(KeyVariable(name))


def test_a_file_that_is_written_within_a_tick_of_its_clock_is_read_again(key_file: Path) -> None:
    source = KeyFile(key_file)
    source.read()
    before = key_file.stat()
    key_file.write_text(f"{NEW_KEY}\n", encoding="utf-8")  # as long, and in the same place
    os.utime(key_file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert source.read() == Secret(NEW_KEY)


def test_a_file_that_is_replaced_is_read_again(key_file: Path, tmp_path: Path) -> None:
    source = KeyFile(key_file)
    source.read()
    before = key_file.stat()
    other = tmp_path / "other"
    other.write_text(f"{NEW_KEY}\n", encoding="utf-8")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(key_file)  # what Kubernetes does to a secret: as long and as old, another inode
    assert source.read() == Secret(NEW_KEY)


def test_a_file_that_disappears_leaves_the_last_good_key(key_file: Path) -> None:
    source = KeyFile(key_file)
    source.read()
    key_file.unlink()
    assert source.read() == Secret(KEY)


def test_a_file_that_is_half_written_leaves_the_last_good_key_until_it_is_whole(
    key_file: Path,
) -> None:
    source = KeyFile(key_file)
    source.read()
    key_file.write_text("", encoding="utf-8")
    assert source.read() == Secret(KEY)
    key_file.write_text(f"{NEW_KEY}\n", encoding="utf-8")
    assert source.read() == Secret(NEW_KEY)


def test_a_file_that_comes_late_is_read_when_it_is_there(tmp_path: Path) -> None:
    file = tmp_path / "key"
    source = KeyFile(file)
    assert refusal(source) == ("expected a readable file: No such file or directory")
    file.write_text(KEY, encoding="utf-8")
    assert source.read() == Secret(KEY)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param(".", "expected a readable file: Is a directory", id="a folder"),
        pytest.param("/dev/zero", "expected a regular file", id="a device without an end"),
        pytest.param("pipe", "expected a regular file", id="a pipe that nobody writes to"),
        pytest.param("large", "expected at most 64 KiB", id="a large file"),
    ],
)
def test_what_is_no_regular_file_or_too_large_is_no_key_file(
    tmp_path: Path, path: str, message: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b" " * LARGEST_KEY_FILE + b"x")
    assert refusal(KeyFile(tmp_path / path)) == message


def test_a_key_file_may_be_as_large_as_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(KEY.encode().ljust(LARGEST_KEY_FILE))
    assert KeyFile(file).read() == Secret(KEY)


def test_a_key_file_may_be_a_link(key_file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(key_file)
    assert KeyFile(link).read() == Secret(KEY)


def test_a_file_of_bytes_that_are_no_text_is_no_key_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"\xff\xfe\x00")
    assert refusal(KeyFile(file)) == "expected a file with the API key, but it is not text"


def test_a_key_file_prints_without_its_key(key_file: Path) -> None:
    source = KeyFile(key_file)
    source.read()
    assert KEY not in repr(source)


def test_a_key_file_that_turns_bad_is_told_once_and_its_mending_too(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("c2VjcmV0")
    source = KeyFile(file)
    with capture_logs() as logs:
        source.read()
        file.write_text("not one key")
        assert source.read() == source.read() == Secret("c2VjcmV0")
        file.write_text("bmV3")
        assert source.read() == Secret("bmV3")
    assert [entry["event"] for entry in logs] == [
        "key file is bad, using the last good key",
        "key file is good again",
    ]
    assert "not one key" not in str(logs)


def test_a_byte_order_mark_is_no_part_of_the_key(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"\xef\xbb\xbfc2VjcmV0\n")
    assert KeyFile(file).read() == Secret("c2VjcmV0")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(os.mkdir, id="a folder"),
        pytest.param(os.mkfifo, id="a pipe that nobody writes to"),
        pytest.param(partial(os.symlink, "/dev/zero"), id="a link to a device without an end"),
        pytest.param(
            lambda path: path.write_bytes(b" " * LARGEST_KEY_FILE + b"x"), id="a large file"
        ),
        pytest.param(lambda path: path.write_bytes(b"\xff\xfe"), id="no text"),
        pytest.param(lambda path: path.write_text(""), id="nothing"),
        pytest.param(lambda path: path.write_text(f"'{NEW_KEY}'"), id="a key in quotes"),
        pytest.param(lambda path: path.write_text(f"Basic {NEW_KEY}"), id="Basic before a key"),
        pytest.param(lambda path: path.write_text(f"{NEW_KEY}!"), id="no base64"),
    ],
)
def test_what_turns_into_no_key_file_leaves_the_last_good_key(
    key_file: Path, spoil: Callable[[Path], object]
) -> None:
    source = KeyFile(key_file)
    source.read()
    key_file.unlink()
    spoil(key_file)
    assert source.read() == Secret(KEY)
    assert source.problem is not None


EXPOSED = [
    {
        "log_level": "warning",
        "event": "key file can be read by every user",
        "file": "FILE",
        "hint": "chmod o-r, or defaultMode 0440 in Kubernetes",
    }
]


def exposures(source: KeyFile, *modes: int) -> list[EventDict]:
    """Read a key file with each of these modes, twice; return what was logged."""
    with capture_logs() as logs:
        for mode in modes:
            source.path.chmod(mode)
            source.read()
            source.read()
    return [dict(line, file="FILE") for line in logs]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o660, 0o641])
def test_a_key_file_that_its_owner_and_group_alone_may_read_is_not_exposed(
    key_file: Path, mode: int
) -> None:
    source = KeyFile(key_file)
    assert exposures(source, 0o600, mode) == []
    assert not source.exposed


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o444])
def test_a_key_file_that_every_user_may_read_from_now_on_is_told_once(
    key_file: Path, mode: int
) -> None:
    source = KeyFile(key_file)
    assert exposures(source, 0o600, mode) == EXPOSED
    assert source.exposed


def test_a_key_file_that_every_user_may_read_again_is_told_again(key_file: Path) -> None:
    assert exposures(KeyFile(key_file), 0o600, 0o644, 0o640, 0o644) == EXPOSED * 2


def test_a_key_file_that_every_user_may_read_at_first_is_left_to_whoever_uses_it(
    key_file: Path,
) -> None:
    source = KeyFile(key_file)
    assert exposures(source, 0o644) == []
    assert source.exposed


def test_a_bad_key_file_is_exposed_as_it_last_was(key_file: Path) -> None:
    source = KeyFile(key_file)
    exposures(source, 0o644)
    key_file.unlink()
    source.read()
    key_file.write_text(NEW_KEY, encoding="ascii")
    events = [line["event"] for line in exposures(source, 0o644)]
    assert events == ["key file is good again"]
