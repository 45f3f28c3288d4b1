"""The rate limits, as headers and refusals show them."""

import pytest

from exporter.simulator import LIVE, SANDBOX, TESTDRIVE, Fault, Limits, ResetFormat, Simulator
from tests.simulator.conftest import AUTHORIZED, JOB, KEY, PATH, START, Clock, ask


@pytest.mark.parametrize(
    ("path", "headers"),
    [(PATH, AUTHORIZED), ("/v1/serviceJobs/1", AUTHORIZED), (PATH, {}), ("/", {})],
)
def test_every_answer_carries_both_windows(
    api: Simulator, path: str, headers: dict[str, str]
) -> None:
    """Errors carry them too."""
    names = [name for name in ask(api, path, headers=headers).headers if name.startswith("X-")]
    assert names == [
        f"X-Rate-Limit-{what}-{window}"
        for window in ("Minute", "Day")
        for what in ("Limit", "Remaining", "Reset")
    ]


def test_windows_count_down_and_begin_anew(api: Simulator, clock: Clock) -> None:
    """One begins with each minute, the other with each UTC day."""
    for after, remaining in (
        (0, (999, 179_999)),
        (59.9, (998, 179_998)),
        (60, (999, 179_997)),
        (47_400, (999, 179_999)),  # 2020-06-24T00:00:00
    ):
        clock.now = START + after
        assert ask(api).remaining == remaining


def test_the_customer_spends_from_the_same_windows(api: Simulator, clock: Clock) -> None:
    """The requests of others reduce what remains, but never below 0."""
    api.spend(minute=100, day=1000)
    assert ask(api).remaining == (899, 178_999)
    api.spend(minute=5000)
    assert ask(api).remaining == (0, 178_999)
    clock.now += 60
    assert ask(api).remaining == (999, 178_998)


def test_the_customer_may_spend_a_share_of_each_window_as_it_begins(clock: Clock) -> None:
    with Simulator([JOB], api_key=KEY, clock=clock, limits=SANDBOX, others=0.96) as api:
        assert ask(api).remaining == (1, 199)
        assert [ask(api).status for _ in range(2)] == [200, 429]
        clock.now += 86_400
        assert ask(api).remaining == (1, 199)


def test_over_the_minute_limit_is_429_until_the_next_minute(api: Simulator, clock: Clock) -> None:
    """A refusal names the limit, shows 0 remaining and spends nothing."""
    api.limits = TESTDRIVE
    assert [ask(api).status for _ in range(12)] == [200] * 10 + [429] * 2
    refusal = ask(api)
    assert refusal.document["HttpStatusCode"] == 429
    assert refusal.document["Errors"][0]["Value"] == "The limit of 10 requests a minute is reached."
    assert refusal.remaining == (0, 490)
    clock.now += 60
    assert ask(api).remaining == (9, 489)


def test_over_the_day_limit_is_429_until_the_next_day(api: Simulator, clock: Clock) -> None:
    """A new minute does not help."""
    api.limits = Limits(10, 2)
    assert [ask(api).status for _ in range(3)] == [200, 200, 429]
    clock.now += 60
    refusal = ask(api)
    assert refusal.document["Errors"][0]["Value"] == "The limit of 2 requests a day is reached."
    assert refusal.remaining == (10, 0)
    clock.now += 86_400
    assert ask(api).status == 200


def test_a_wrong_key_is_told_so_even_over_the_limit(api: Simulator) -> None:
    """Without a key there is no account whose limit could be reached."""
    api.limits = Limits(0, 0)
    assert ask(api, headers={}).status == 401
    assert ask(api).status == 429


def test_key_and_limits_go_before_faults(api: Simulator) -> None:
    """A fault strikes only reads that the API would have admitted."""
    api.fail(Fault.SERVER_ERROR)
    assert ask(api, headers={}).status == 401
    assert ask(api).remaining == (999, 179_999)
    api.limits = Limits(1, 1)
    assert ask(api).status == 429


@pytest.mark.parametrize(
    ("style", "minute", "day"),
    [
        (ResetFormat.EPOCH, "1592909460", "1592956800"),
        (ResetFormat.EPOCH_MS, "1592909460000", "1592956800000"),
        (ResetFormat.ISO, "2020-06-23T10:51:00", "2020-06-24T00:00:00"),
        (ResetFormat.ISO_Z, "2020-06-23T10:51:00Z", "2020-06-24T00:00:00Z"),
        (ResetFormat.HTTP_DATE, "Tue, 23 Jun 2020 10:51:00 GMT", "Wed, 24 Jun 2020 00:00:00 GMT"),
    ],
)
def test_resets_are_written_as_asked(
    api: Simulator, style: ResetFormat, minute: str, day: str
) -> None:
    """They are the ends of this minute and of this UTC day."""
    api.reset_format = style
    headers = ask(api).headers
    assert headers["X-Rate-Limit-Reset-Minute"] == minute
    assert headers["X-Rate-Limit-Reset-Day"] == day


@pytest.mark.parametrize(
    ("limits", "minute", "day"),
    [(LIVE, "1000", "180000"), (SANDBOX, "50", "5000"), (TESTDRIVE, "10", "500")],
)
def test_the_limits_of_an_account_are_what_the_headers_say(
    api: Simulator, limits: Limits, minute: str, day: str
) -> None:
    """The limits are the documented ones, and may change while the API runs."""
    api.limits = limits
    headers = ask(api).headers
    assert headers["X-Rate-Limit-Limit-Minute"] == minute
    assert headers["X-Rate-Limit-Limit-Day"] == day
