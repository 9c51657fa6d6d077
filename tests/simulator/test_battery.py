from __future__ import annotations

from math import inf
from random import Random

import pytest

from simulator.battery import Charge, car_charge, ebike_charge, worn_out
from tests.simulator.sheds import CAR, LEAD

HOUR = 3_600.0


@pytest.mark.parametrize(
    ("hours", "watts", "level"),
    [(0, 141, 0.2), (1.5, 149, 0.44), (3, 156, 0.68), (4, 123, 0.85), (5, 54, 0.93), (6, 25, 0.97), (8, 7, 0.99)],
)
def test_a_lead_battery_takes_a_constant_current_then_less_and_less(hours: float, watts: float, level: float) -> None:
    assert LEAD.watts(hours * HOUR) == pytest.approx(watts, abs=1)
    assert LEAD.level(hours * HOUR) == pytest.approx(level, abs=0.01)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("draw", [ebike_charge, car_charge])
def test_the_energy_is_what_the_power_sums_up_to(draw: object, seed: int) -> None:
    charge = draw(Random(seed))  # type: ignore[operator]  # either of two functions

    for until in (600, 2 * HOUR, 9 * HOUR):
        summed = sum(charge.watts(second + 5) * 10 for second in range(0, int(until), 10)) / HOUR
        assert charge.watt_hours(until) == pytest.approx(summed, rel=0.005)


@pytest.mark.parametrize("seed", range(12))
def test_a_battery_gets_as_much_as_it_has_room_for(seed: int) -> None:
    charge = ebike_charge(Random(seed))

    if charge.ends_after < inf:
        stored = charge.watt_hours(charge.ends_after) * charge.efficiency / charge.capacity_wh

        assert charge.start + stored == pytest.approx(1.0, abs=0.06)


def test_a_charger_that_ends_by_itself_takes_next_to_nothing_from_then_on() -> None:
    assert LEAD.watts(LEAD.ends_after - 1) == pytest.approx(LEAD.ends_watts, abs=0.1)
    assert LEAD.watts(LEAD.ends_after + 1) == LEAD.standby_watts


def test_a_worn_out_battery_never_gets_full() -> None:
    old = worn_out(LEAD, 0.3)

    assert old.ends_after == inf
    assert old.watts(30 * HOUR) == pytest.approx(0.3 * LEAD.peak_watts, rel=0.01)


def test_a_battery_that_comes_full_begins_to_fade_at_once() -> None:
    full = Charge(
        capacity_wh=720, start=0.95, knee=0.8, peak_watts=160, efficiency=0.8, power_factor=0.6, ends_watts=12
    )

    assert full.watts(0) == 160
    assert full.watts(HOUR) < 60


def test_batteries_are_those_of_their_seed_and_of_the_usual_sizes() -> None:
    drawn = [ebike_charge(Random(seed)) for seed in range(300)]

    assert drawn == [ebike_charge(Random(seed)) for seed in range(300)]
    assert all(90 < charge.peak_watts < 350 and 570 < charge.capacity_wh < 970 for charge in drawn)
    assert 0.01 < sum(charge.ends_after == inf for charge in drawn) / 300 < 0.08


def test_a_car_at_seven_kilowatts_is_full_in_the_morning() -> None:
    assert CAR.watts(HOUR) == pytest.approx(6_220, rel=0.01)
    assert CAR.level(8 * HOUR) > 0.97
