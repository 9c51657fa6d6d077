"""The week of a roster: which shift runs when, in local time, and what is wrong with it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from gateway.duty import Shift

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Spell(NamedTuple):
    """One time that a shift runs: from and until when, in UTC seconds."""

    shift: Shift
    begins_utc: float
    ends_utc: float


def spell_at(shifts: Iterable[Shift], zone: ZoneInfo, utc: float) -> Spell | None:
    """The shift that runs at that time, by the clock on the wall there; None where the roster has a hole."""
    local = datetime.fromtimestamp(utc, zone)
    of_the_day = local.hour * 60 + local.minute
    for days_ago in (0, 1):  # no shift lasts longer than a day
        day, minute = local.date() - timedelta(days_ago), of_the_day + days_ago * DAY_MINUTES
        for shift in shifts:
            if day.weekday() in shift.days and 0 <= minute - shift.from_minute < shift.minutes:
                return Spell(shift, *_bounds(shift, day, zone))
    return None


def _bounds(shift: Shift, day: date, zone: ZoneInfo) -> tuple[float, float]:
    midnight = datetime.combine(day, time(), zone)  # adding to it moves the hands of the clock, whatever the zone does
    begins = midnight + timedelta(minutes=shift.from_minute)
    return begins.timestamp(), (begins + timedelta(minutes=shift.minutes)).timestamp()


def wrong_in(shifts: Sequence[Shift]) -> list[str]:
    """What is wrong with the roster of a grid, a sentence each: it has somebody on duty at all times, and one at a time."""
    wrong = [sentence for shift in shifts for sentence in _wrong_with(shift)]
    if wrong:
        return wrong
    reached = 0
    for begin, end in sorted(_pieces(shifts)):
        if begin > reached:
            wrong.append(f"nobody is on duty from {when(reached)} to {when(begin)}")
        elif begin < reached:
            wrong.append(f"two shifts run at once from {when(begin)} to {when(min(end, reached))}")
        reached = max(reached, end)
    if reached < WEEK_MINUTES:
        wrong.append(f"nobody is on duty from {when(reached)} to {when(WEEK_MINUTES)}")
    return wrong


def when(minute: int) -> str:
    """A minute of the week in words: "sat 20:00"; the end of the week is "sun 24:00"."""
    day, of_the_day = divmod(minute, DAY_MINUTES) if minute < WEEK_MINUTES else (6, DAY_MINUTES)
    return f"{DAYS[day]} {of_the_day // 60:02d}:{of_the_day % 60:02d}"


def _pieces(shifts: Iterable[Shift]) -> Iterator[tuple[int, int]]:
    """From and until which minute of the week; what goes on into the next week also at its beginning."""
    for shift in shifts:
        for day in shift.days:
            begin = day * DAY_MINUTES + shift.from_minute
            end = begin + shift.minutes
            yield begin, min(end, WEEK_MINUTES)
            if end > WEEK_MINUTES:
                yield 0, end - WEEK_MINUTES


def _wrong_with(shift: Shift) -> Iterator[str]:
    if not shift.person:
        yield f"shift {shift.name!r} has nobody"
    if shift.deputy and shift.deputy == shift.person:
        yield f"shift {shift.name!r}: nobody stands in for himself"
    if not shift.days or not shift.days <= frozenset(range(7)):
        yield f"shift {shift.name!r} is on no day of the week"
    if not (0 <= shift.from_minute < DAY_MINUTES and 0 < shift.minutes <= DAY_MINUTES):
        yield f"shift {shift.name!r} begins between 00:00 and 23:59 and lasts a day at most"
