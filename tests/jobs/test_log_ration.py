"""How often lines of one kind are logged."""

from exporter.jobs.log_ration import LogRation


def taken(ration: LogRation, *moments: float) -> list[dict[str, int] | None]:
    return [ration.take(moment) for moment in moments]


def test_one_line_a_minute_is_written_and_says_how_many_were_left_out() -> None:
    written = [{}, None, None, {"left_out": 2}, None, {"left_out": 1}]
    assert taken(LogRation(), 5.0, 5.0, 64.9, 65.0, 100.0, 1_000.0) == written


def test_several_lines_at_once_are_written_and_then_one_a_minute() -> None:
    ration = LogRation(3)
    assert taken(ration, 0.0, 1.0, 2.0, 3.0) == [{}, {}, {}, None]
    assert taken(ration, 60.0, 61.0, 120.0, 121.0) == [
        {"left_out": 1},
        None,
        {"left_out": 1},
        None,
    ]


def test_quiet_minutes_restore_one_line_each() -> None:
    ration = LogRation(3)
    assert taken(ration, *[0.0] * 4) == [{}, {}, {}, None]
    assert taken(ration, *[180.0] * 4) == [{"left_out": 1}, {}, {}, None]


def test_a_quiet_day_saves_up_no_more_than_the_most_lines() -> None:
    assert taken(LogRation(2), 0.0, *[86_400.0] * 3) == [{}, {}, {}, None]


def test_a_line_in_any_case_is_written_and_says_how_many_were_left_out() -> None:
    ration = LogRation()
    assert taken(ration, 0.0, 1.0) == [{}, None]
    assert ration.take(2.0, in_any_case=True) == {"left_out": 1}
    assert ration.take(2.0, in_any_case=True) == {}


def test_lines_in_any_case_delay_the_others_by_no_more_than_a_minute() -> None:
    ration = LogRation(2)
    for _ in range(100):
        ration.take(0.0, in_any_case=True)
    assert taken(ration, 59.9, 60.0) == [None, {"left_out": 1}]
