"""The week of a roster against an independent model that counts minutes."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.decide.people.week import DAY_MINUTES, WEEK_MINUTES, spell_at, wrong_in
from gateway.duty import Shift
from tests.decide.people.post import DAY, MONDAY, NIGHT, ZONE, at

QUARTER = 15
SOAK = os.environ.get("GRIDPOST_SOAK") == "1"


@st.composite
def rosters(draw: st.DrawFn) -> list[Shift]:
    """Shifts that cut every day at the same times, and then perhaps one that is shorter, longer or missing on a day."""
    cuts = sorted(draw(st.sets(st.integers(0, DAY_MINUTES // QUARTER - 1), min_size=1, max_size=4)))
    begins = [cut * QUARTER for cut in cuts]
    ends = [*begins[1:], begins[0] + DAY_MINUTES]
    days = frozenset(range(7))
    spans = zip(begins, ends, strict=True)
    shifts = [Shift(str(n), "g", "x", days, begin, end - begin, "p") for n, (begin, end) in enumerate(spans)]
    match draw(st.sampled_from(["", "shorter", "longer", "day off"])):
        case "shorter" if shifts[0].minutes > QUARTER:
            shifts[0] = _with(shifts[0], minutes=shifts[0].minutes - QUARTER)
        case "longer" if shifts[0].minutes < DAY_MINUTES:
            shifts[0] = _with(shifts[0], minutes=shifts[0].minutes + QUARTER)
        case "day off":
            shifts[0] = _with(shifts[0], days=days - {draw(st.integers(0, 6))})
    return shifts


def _with(shift: Shift, minutes: int | None = None, days: frozenset[int] | None = None) -> Shift:
    return Shift(shift.id, "g", "x", days or shift.days, shift.from_minute, minutes or shift.minutes, "p")


@settings(max_examples=1_000 if SOAK else 25, deadline=None)
@given(rosters())
def test_a_roster_is_right_when_each_minute_has_one_shift(shifts: list[Shift]) -> None:
    running = Counter(
        (day * DAY_MINUTES + shift.from_minute + minute) % WEEK_MINUTES
        for shift in shifts
        for day in shift.days
        for minute in range(shift.minutes)
    )
    once = len(running) == WEEK_MINUTES and set(running.values()) == {1}

    assert (wrong_in(shifts) == []) is once


@settings(max_examples=1_000 if SOAK else 25, deadline=None)
@given(rosters(), st.integers(0, WEEK_MINUTES - 1))
def test_the_shift_that_runs_is_the_one_that_covers_the_minute(shifts: list[Shift], minute: int) -> None:
    spell = spell_at(shifts, ZONE, (MONDAY + timedelta(minutes=minute)).timestamp())

    covering = {
        shift.id
        for shift in shifts
        for day in shift.days
        if (minute - day * DAY_MINUTES - shift.from_minute) % WEEK_MINUTES < shift.minutes
    }
    assert (spell is None) is (not covering)
    assert spell is None or spell.shift.id in covering
    assert spell is None or spell.begins_utc <= (MONDAY + timedelta(minutes=minute)).timestamp() < spell.ends_utc


def test_holes_and_overlaps_are_named_by_day_and_hour() -> None:
    late = Shift("n", "g1", "夜班", frozenset(range(6)), 20 * 60, 12 * 60, "li")

    assert wrong_in([DAY, late]) == [
        "nobody is on duty from mon 00:00 to mon 08:00",
        "nobody is on duty from sun 20:00 to sun 24:00",
    ]
    assert wrong_in([DAY, NIGHT, Shift("x", "g1", "帮班", frozenset({5}), 19 * 60, 120, "wu")]) == [
        "two shifts run at once from sat 19:00 to sat 20:00",
        "two shifts run at once from sat 20:00 to sat 21:00",
    ]


def test_a_spell_says_when_it_begins_and_ends() -> None:
    spell = spell_at([DAY, NIGHT], ZONE, at(3, day=1))

    assert spell == (NIGHT, at(20), at(8, day=1))


@pytest.mark.parametrize(
    ("shift", "said"),
    [
        (replace(DAY, person=""), "shift '白班' has nobody"),
        (replace(DAY, deputy="zhang"), "shift '白班': nobody stands in for himself"),
        (replace(DAY, days=frozenset()), "shift '白班' is on no day of the week"),
        (replace(DAY, days=frozenset({7})), "shift '白班' is on no day of the week"),
        (replace(DAY, minutes=0), "shift '白班' begins between 00:00 and 23:59 and lasts a day at most"),
        (replace(DAY, minutes=1441), "shift '白班' begins between 00:00 and 23:59 and lasts a day at most"),
        (replace(DAY, from_minute=1440), "shift '白班' begins between 00:00 and 23:59 and lasts a day at most"),
    ],
)
def test_a_shift_that_makes_no_sense_is_said_before_holes_are(shift: Shift, said: str) -> None:
    assert wrong_in([shift, NIGHT]) == [said]
