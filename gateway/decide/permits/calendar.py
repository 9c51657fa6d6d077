"""Weeks and days as controllers know them: schedules as words, and days on which the weekday does not count.

Holidays and make-up working days 调休 are those that the State Council announces each autumn for the next year; they come from
chinesecalendar, whose release for that year must be installed. Of a year it does not know, only weekdays and weekends count.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import chinese_calendar  # type: ignore[import-untyped] # it carries no types

from drivers.permit_table import SCHEDULE_WORDS
from gateway.decide.permits.states import SpecialDay
from gateway.permit import HOLIDAY, WORKDAYS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from gateway.permit import Schedule

DAY_KINDS = (*WORKDAYS, HOLIDAY)
"""By their number in docs/acp1.md, "The table"."""

HOLIDAY_KIND = DAY_KINDS.index(HOLIDAY)
MAKE_UP_KIND = 0
"""A make-up working day is worked like a Monday: a schedule for working days holds on it as on any other of them."""

SPANS_A_DAY = 2
DAYS_A_YEAR = 64
"""Room for the holiday records of a year: even ones have the indices 0..63, odd ones 64..127, so a year rewrites one half."""

_WORDS_A_DAY = SCHEDULE_WORDS // len(DAY_KINDS)
_EPOCH = date(1970, 1, 1)


def years_known() -> frozenset[int]:
    """The years whose holidays are known."""
    return frozenset(day.year for day in chinese_calendar.holidays)


def special_days(year: int) -> tuple[SpecialDay, ...]:
    """Holidays and make-up working days of a year, by date; none for a year that is not known."""
    days = [
        SpecialDay(day, chinese_calendar.Holiday(name).chinese + suffix, kind)
        for source, suffix, kind in (
            (chinese_calendar.holidays, "", HOLIDAY_KIND),
            (chinese_calendar.workdays, "调休", MAKE_UP_KIND),
        )
        for day, name in source.items()
        if day.year == year
    ]
    return tuple(sorted(days, key=lambda one: one.day))


def holiday_records(year: int) -> list[list[int]]:
    """What a table says of a year and the next one: [index, days since 1970, kind] by rising index."""
    return sorted(
        [one_year % 2 * DAYS_A_YEAR + n, (special.day - _EPOCH).days, special.kind]
        for one_year in (year, year + 1)
        for n, special in enumerate(special_days(one_year)[:DAYS_A_YEAR])
    )


def schedule_words(schedule: Schedule) -> list[int]:
    """The thirty-two words of a schedule."""
    words: list[int] = []
    for kind in DAY_KINDS:
        spans = [minute for span in schedule.days.get(kind, ()) for minute in span]
        words += spans + [0] * (_WORDS_A_DAY - len(spans))
    return words


def wrong_in(schedule: Schedule) -> list[str]:
    """What is wrong with a schedule, a sentence each."""
    wrong = [f"there is no day kind {kind!r}" for kind in schedule.days if kind not in DAY_KINDS]
    for kind, spans in schedule.days.items():
        if len(spans) > SPANS_A_DAY:
            wrong.append(f"{kind}: {len(spans)} spans, a controller holds {SPANS_A_DAY} a day")
        wrong += [
            f"{kind}: a span runs from 0 up to 1440 minutes of the day, not from {start} to {end}"
            for start, end in spans
            if not 0 <= start < end <= 24 * 60
        ]
    if not any(schedule.days.values()):
        wrong.append("it opens at no time: leave the group out of the permit instead")
    return wrong


def local_time(zone: ZoneInfo, utc: float) -> tuple[date, int]:
    """The local date at that time, and how many minutes east of UTC the zone is then."""
    moment = datetime.fromtimestamp(utc, UTC).astimezone(zone)
    offset = moment.utcoffset()
    assert offset is not None  # noqa: S101 - an aware time has one
    return moment.date(), int(offset.total_seconds()) // 60
