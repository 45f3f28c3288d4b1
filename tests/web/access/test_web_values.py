"""Values of the web configuration outside of TLS that are accepted.

The values that are refused are in `bad_web_configs`, which `test_web_config.py` reads.
"""

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from exporter.web.access.web_config import parse_web_config
from exporter.web.access.web_values import FrameOptions, HeaderValue, UserName

SALTED = "X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"


@pytest.mark.parametrize("value", [f"${kind}$16${SALTED}" for kind in ("2a", "2b", "2y")])
def test_a_hash_of_any_kind_is_accepted_up_to_a_cost_of_16(value: str) -> None:
    users = {"me": value}
    assert parse_web_config({"basic_auth_users": users}, Path("web.yml")).basic_auth_users == users


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        pytest.param(UserName, "Zoë K.", "Zoë K.", id="a name with a space, outside ASCII"),
        pytest.param(HeaderValue, "a: b; c", "a: b; c", id="a header with colons"),
        pytest.param(FrameOptions, " deny ", "deny", id="spaces around a header"),
    ],
)
def test_a_good_name_and_a_good_header_are_accepted(
    kind: object, value: object, expected: str
) -> None:
    assert TypeAdapter(kind).validate_python(value) == expected
