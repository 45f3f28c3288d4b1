"""Any text in a user's file gives a value, or a ConfigError of one line."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from exporter.config.load import parse, parse_job_list
from exporter.config.sections import KNOWN_KEYS
from exporter.config.yaml_file import parse_yaml
from exporter.model.errors import ConfigError
from exporter.web.access.web_config import KNOWN_KEYS as KNOWN_WEB_KEYS
from exporter.web.access.web_config import parse_web_config
from tests.support.key_leaks import KEY, leaks

Read = Callable[[bytes], object]

FILE = Path("/nowhere/config.yaml")
GOOD = (
    "accounts: &all\n- name: live\n  base_url: https://secure.fusebill.com/v1\n  jobs: [1, {id: 2, "
    "name: 'q3', labels: {team: billing}}]\n  job_files: ['*.yaml']\n  quota: {share: 0.5}\n"
    "refresh: {active: 10s}\nstatuses: {Odd: failed}\n# end\n"
)
GOOD_WEB = (
    "tls_server_config: {cert_file: a, key_file: b, min_version: TLS12}\n"
    "http_server_config: {headers: {X-Frame-Options: deny}}\nrate_limit: {interval: 1s, burst: 2}\n"
    "basic_auth_users: {me: $2y$05$zVbn9ncZ8B2WGYlDfEPXz.Q7F3sjwOAVPJ5lFzWrB2JMj3Kf7Tkyq}\n"
)


def config(raw: bytes) -> object:
    values, duplicates = parse_yaml(raw, FILE)
    return parse(values, FILE, duplicates)


def jobs(raw: bytes) -> object:
    return parse_job_list(raw, FILE)


def web_config(raw: bytes) -> object:
    values, duplicates = parse_yaml(raw, FILE)
    return parse_web_config(values, FILE, duplicates)


def refusal(read: Read, raw: bytes) -> tuple[str, ...]:
    """Return the messages about a file that is refused, or nothing."""
    try:
        read(raw)
    except ConfigError as error:
        return (str(error), *error.lines())
    return ()


PARSERS = pytest.mark.parametrize("read", [config, jobs, web_config])
NAMES = sorted({*KNOWN_KEYS, *KNOWN_WEB_KEYS, *(n for known in KNOWN_KEYS.values() for n in known)})
WORDS = st.sampled_from([*NAMES, *(n for known in KNOWN_WEB_KEYS.values() for n in known)])
SIGNS = st.sampled_from(
    [
        *"-:?,[]{}#&*|>'\"%@`\\~<=\t",
        "\n  ",
        "\n",
        ": ",
        "- ",
        "&a ",
        "*a",
        "<<: *a",
        "!!int ",
        "!!timestamp ",
        "!x ",
    ]
)
VALUES = st.sampled_from(
    ["1", "0x1F", "1_0", "1e400", ".nan", "2020-01-01", "2020-13-45", "yes", "\\ud800", KEY]
)
FRAGMENTS = st.lists(WORDS | SIGNS | VALUES | st.text(max_size=5), max_size=30).map("".join)


def spliced(good: str) -> st.SearchStrategy[str]:
    """Return a good file with some of its words replaced."""
    borders = [border.start() for border in re.finditer(r"\b|$", good)]
    return st.builds(
        lambda first, words, text: (
            good[: borders[first]] + text + good[borders[min(first + words, len(borders) - 1)] :]
        ),
        st.integers(0, len(borders) - 1),
        st.integers(0, 4),
        VALUES | FRAGMENTS,
    )


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.just(KEY) | WORDS
    | st.text(max_size=10) | st.binary(max_size=5)
)  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | SCALARS, inner, max_size=4),
    max_leaves=15,
)
TEXTS = FRAGMENTS | spliced(GOOD) | spliced(GOOD_WEB) | TREES.map(yaml.safe_dump)


@PARSERS
@given(TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=60))
def test_any_file_is_a_value_or_refused_in_a_line_that_does_not_tell_what_is_in_it(
    read: Read, raw: bytes
) -> None:
    for line in refusal(read, raw):
        assert line.isprintable()
        assert leaks(line) == set()


def test_the_files_that_are_changed_here_are_good() -> None:
    assert config(GOOD.encode())
    assert web_config(GOOD_WEB.encode())
