"""The tables and tiles of accounts: what is worst of them, and until when."""

from pathlib import Path

from tests.grafana.committed import expression_of, panel_of
from tests.grafana.prometheus import check_answer, of

WORST_LAST = [("share spent", "yellow"), ("down", "red"), ("reserve reached", "red")]
"""What may be said of the API, the least first."""


def test_an_api_that_is_down_is_worse_than_a_share_that_is_spent(tmp_path: Path) -> None:
    series = {
        of("fusebill_up", account="spent"): "1x9",
        of("fusebill_api_blocked", account="spent", cause="share"): "1x9",
        of("fusebill_up", account="down"): "0x9",
        of("fusebill_api_blocked", account="down", cause="key"): "0x9",
    }
    each = {'{account="spent"}': 1, '{account="down"}': 1.5}
    check_answer(tmp_path, expression_of("Accounts", "api"), series, each)
    check_answer(tmp_path, expression_of("API", "now"), series, {"{}": 1.5})
    mappings = panel_of("API")["fieldConfig"]["defaults"]["mappings"]
    (texts,) = [one["options"] for one in mappings if one["type"] == "value"]
    order = sorted((float(value), of["text"], of["color"]) for value, of in texts.items())
    assert [(text, colour) for _, text, colour in order][1:4] == WORST_LAST


def test_a_block_that_is_over_has_no_end(tmp_path: Path) -> None:
    until = {
        of("fusebill_api_blocked_until_timestamp_seconds", account=account, cause="key"): f"{end}x9"
        for account, end in (("past", 60), ("future", 900))
    }
    future = {'{account="future"}': 900_000}
    check_answer(tmp_path, expression_of("Accounts", "until"), until, future)
