"""Working time 工作时: it passes in working hours of working days alone, with holidays and make-up days 调休.

The days are those of chinesecalendar; of a year that it does not know, only weekdays and weekends count.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import chinese_calendar  # type: ignore[import-untyped] # it carries no types

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

_SATURDAY = 5
_DAYS_LOOKED_AT = 3_660
"""No limit is longer than ten years; without a working hour in so long nobody ever works."""


def is_working_day(day: date) -> bool:
    """Whether people work on that day."""
    if day in chinese_calendar.workdays:
        return True
    return day not in chinese_calendar.holidays and day.weekday() < _SATURDAY


def clock_seconds(working_seconds: float, utc: float, zone: ZoneInfo, hours: tuple[tuple[int, int], ...]) -> float:
    """How much time passes by the clock, from `utc` on, until so much working time has. `hours` are minutes of the day."""
    left, day = working_seconds, datetime.fromtimestamp(utc, UTC).astimezone(zone).date()
    for _ in range(_DAYS_LOOKED_AT):
        for begins, ends in hours if is_working_day(day) else ():
            from_utc, until_utc = max(utc, _utc_of(day, begins, zone)), _utc_of(day, ends, zone)
            if until_utc > from_utc:
                if left <= until_utc - from_utc:
                    return from_utc + left - utc
                left -= until_utc - from_utc
        day += timedelta(days=1)
    return working_seconds


def _utc_of(day: date, minute: int, zone: ZoneInfo) -> float:
    return (datetime.combine(day, time(), zone) + timedelta(minutes=minute)).timestamp()
