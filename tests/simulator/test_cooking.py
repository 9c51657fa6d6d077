from __future__ import annotations

from itertools import takewhile

from simulator.compound import grow
from simulator.cooking import day_of, mishaps
from simulator.detectors import SMOKE, sensors_of
from simulator.rhythm import DAY_SECONDS, hour_of, midnight

DAY = midnight(1_794_800_000.0)


def households(buildings: int) -> list[str]:
    names = (one.detector for one in sensors_of(grow(7, buildings)) if one.kind == SMOKE and not one.spare)
    return [name.removesuffix("-smoke") for name in names if "-f" not in name]


def test_dinners_burn_one_to_three_times_a_day_at_meal_times_and_for_some_minutes() -> None:
    flats = households(59)
    assert len(flats) == 3040

    for number in range(60):
        burnt = [one for one in day_of(7, flats, DAY + number * DAY_SECONDS) if one.smoke_seconds]
        assert 1 <= len(burnt) <= 3
        assert all(60 <= one.smoke_seconds <= 240 for one in burnt)
        assert all(5 < hour_of(one.at) < 21 for one in burnt)
        assert all(one.detector.endswith("-smoke") for one in burnt)


def test_some_days_somebody_presses_a_test_button() -> None:
    flats = households(59)

    pressed = [
        [one for one in day_of(7, flats, DAY + number * DAY_SECONDS) if not one.smoke_seconds] for number in range(60)
    ]

    assert {len(each) for each in pressed} == {0, 1, 2}


def test_a_small_compound_has_its_share_of_the_whole_one() -> None:
    whole, small = households(59), households(3)

    days = [DAY + number * DAY_SECONDS for number in range(400)]
    happened = [one for day in days for one in day_of(7, small, day)]

    assert 15 < len(happened) < 100  # of some 1,200
    assert set(happened) <= {one for day in days for one in day_of(7, whole, day)}


def test_what_happens_goes_on_from_day_to_day_in_order() -> None:
    flats = households(59)

    a_week = [one.at for one in takewhile(lambda one: one.at < DAY + 7 * DAY_SECONDS, mishaps(7, flats, DAY + 40_000))]

    assert a_week == sorted(a_week)
    assert a_week[0] >= DAY + 40_000
    assert len({midnight(at) for at in a_week}) == 7
