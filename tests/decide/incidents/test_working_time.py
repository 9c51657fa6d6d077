from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.decide.incidents.working_time import clock_seconds, is_working_day

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = ((510, 720), (810, 1080))  # 08:30-12:00, 13:30-18:00
HOUR = 3_600.0


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 9), True),  # a Monday
        (date(2026, 11, 14), False),  # a Saturday
        (date(2026, 10, 1), False),  # the national day, a Thursday
        (date(2026, 10, 10), True),  # a Saturday that makes up for it 调休
        (date(2040, 10, 1), True),  # a Monday of a year whose holidays nobody has announced
        (date(2040, 10, 6), False),  # a Saturday of it
    ],
)
def test_holidays_are_free_and_make_up_days_are_worked(day: date, works: bool) -> None:  # noqa: FBT001 - a case
    assert is_working_day(day) is works


@pytest.mark.parametrize(
    ("begins", "hours", "ends"),
    [
        ("2026-11-09 10:00", 1, "2026-11-09 11:00"),
        ("2026-11-09 11:00", 2, "2026-11-09 14:30"),  # over noon
        ("2026-11-09 12:30", 1, "2026-11-09 14:30"),  # begun at noon
        ("2026-11-09 17:00", 2, "2026-11-10 09:30"),  # over night
        ("2026-11-13 17:00", 2, "2026-11-16 09:30"),  # over a weekend
        ("2026-11-14 03:00", 8, "2026-11-16 18:00"),  # begun on a Saturday
        ("2026-09-30 17:00", 1, "2026-09-30 18:00"),  # to the last minute
        ("2026-09-30 17:00", 2, "2026-10-08 09:30"),  # over the national holiday
        ("2026-10-09 17:00", 9, "2026-10-10 18:00"),  # the Saturday after it is worked
        ("2026-11-09 10:00", 24, "2026-11-12 10:00"),  # three working days
    ],
)
def test_working_time_passes_in_working_hours_alone(begins: str, hours: float, ends: str) -> None:
    began = datetime.fromisoformat(begins).replace(tzinfo=SHANGHAI).timestamp()

    ended = began + clock_seconds(hours * HOUR, began, SHANGHAI, HOURS)

    assert datetime.fromtimestamp(ended, SHANGHAI).strftime("%Y-%m-%d %H:%M") == ends


def test_where_nobody_ever_works_it_is_clock_time() -> None:
    assert clock_seconds(5.0, 0.0, SHANGHAI, ()) == 5.0


def test_a_change_of_the_clock_in_the_night_costs_no_working_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    began = datetime(2026, 3, 27, 17, 0, tzinfo=berlin).timestamp()  # the clocks go forward on Sunday

    ended = began + clock_seconds(2 * HOUR, began, berlin, HOURS)

    assert datetime.fromtimestamp(ended, berlin).strftime("%Y-%m-%d %H:%M") == "2026-03-30 09:30"
