from __future__ import annotations

from collections import Counter
from itertools import count
from math import inf
from typing import TYPE_CHECKING

import pytest

from simulator.cooking import day_of
from simulator.detectors import STRAY
from simulator.rhythm import DAY_SECONDS, midnight
from tests.simulator.ears import NIGHT, Ears, counters, small_air

if TYPE_CHECKING:
    from simulator.air import Air
    from simulator.cooking import Mishap
    from simulator.sensor import Sensor


def sensor_of(air: Air, detector: str = "b1-1-701-smoke") -> Sensor:
    return air.sensors[detector]


def test_every_sensor_is_heard_every_minute_under_a_counter_that_rises() -> None:
    air, ears = small_air()

    for minute in range(5):
        ears.heard.clear()
        air.advance(NIGHT + 60 * (minute + 1))
        heard = Counter(each.mac for each in ears.heard)
        silent = [name for name, one in air.sensors.items() if one.fitted.address not in heard]
        assert len(silent) <= 2  # the farthest ones miss one now and then

    air, ears = small_air()
    air.advance(NIGHT + 600)
    fitted = sensor_of(air).fitted
    counted = counters(ears.packets(fitted))
    assert counted == sorted(counted)
    assert 8 <= len(counted) <= 10


def test_heartbeats_are_spread_evenly_over_the_minute() -> None:
    air, ears = small_air()

    seconds = []
    for second in range(1, 61):
        ears.heard.clear()
        air.advance(NIGHT + second)
        seconds.append(len({each.mac for each in ears.heard}))

    mean = sum(seconds) / 60
    assert max(seconds) < 2 * mean + 2
    assert min(seconds) > 0


def test_a_heartbeat_is_three_copies_within_300_ms_heard_by_one_to_three_receivers_of_the_building() -> None:
    air, ears = small_air()
    air.advance(NIGHT + 60)  # into the minute
    ears.heard.clear()
    fitted = sensor_of(air).fitted
    copies, receivers = Counter[int](), set()

    for minute in range(1, 60):
        air.advance(NIGHT + 60 + 60 * minute)
        mine = [each for each in ears.heard if each.mac == fitted.address]
        assert len({each.data for each in mine}) <= 1
        copies[max(Counter(each.receiver for each in mine).values(), default=0)] += 1
        receivers |= {each.receiver for each in mine}
        ears.heard.clear()

    assert max(copies) == 3
    assert copies[3] > 20
    assert {receiver[:5] for receiver in receivers} == {"rx-b1"}
    assert len(receivers) <= 3


def test_the_nearer_receiver_hears_louder_and_more() -> None:
    air, ears = small_air()
    air.advance(NIGHT + 1800)
    fitted = sensor_of(air, "b1-1-1001-smoke").fitted

    loud = Counter[str]()
    strength: dict[str, list[int]] = {}
    for each in ears.heard:
        if each.mac == fitted.address:
            loud[each.receiver] += 1
            strength.setdefault(each.receiver, []).append(each.rssi)

    (best, most), (worst, least) = loud.most_common()[0], loud.most_common()[-1]
    assert most > least
    assert min(strength[best]) > max(strength[worst])
    assert all(-127 < rssi < 0 for told in strength.values() for rssi in told)


def test_an_alarm_is_twenty_packets_in_two_seconds_and_then_one_a_second_until_the_smoke_is_gone() -> None:
    air, ears = small_air(1)
    sensor = sensor_of(air)
    air.advance(NIGHT)
    ears.heard.clear()
    before = air.packets

    sensor.sense(smoke=True)
    air.tell(sensor, NIGHT)
    air.advance(NIGHT + 1.95)
    burst = [said for said in ears.points(sensor.fitted) if said["smoke"]]
    assert 17 <= len(burst) <= 20  # one or the other is lost in the air
    ears.heard.clear()
    air.advance(NIGHT + 31.95)
    assert 24 <= len(counters(ears.packets(sensor.fitted))) <= 31
    assert air.packets > before + 45

    sensor.sense(smoke=False)
    air.tell(sensor, NIGHT + 32)
    ears.heard.clear()
    air.advance(NIGHT + 32.5)
    assert [said["smoke"] for said in ears.points(sensor.fitted)] == [False]
    ears.heard.clear()
    air.advance(NIGHT + 62)
    assert len(ears.packets(sensor.fitted)) <= 1  # the next heartbeat


def test_a_deaf_receiver_hears_nothing_and_its_neighbour_goes_on() -> None:
    air, ears = small_air()
    air.deaf.add("rx-b1u1-1")

    air.advance(NIGHT + 300)

    receivers = {each.receiver for each in ears.heard}
    assert "rx-b1u1-1" not in receivers
    assert {"rx-b1u1-2", "rx-b1u2-1"} <= receivers


def test_one_that_was_never_heard_stays_silent() -> None:
    air, ears = small_air(20)
    dumb = {one.fitted.address for one in air.sensors.values() if one.fitted.dumb}

    air.advance(NIGHT + 61)

    assert dumb
    assert not dumb & {each.mac for each in ears.heard}


def test_a_residents_own_thermometer_speaks_in_plain_text() -> None:
    air, ears = small_air(12)
    stray = next(one.fitted for one in air.sensors.values() if one.fitted.kind == STRAY)

    air.advance(NIGHT + 200)

    assert {data[0] for data in ears.packets(stray)} == {0x40}


def dinner() -> tuple[Air, Ears, Mishap]:
    """Three buildings, a second before somebody there burns a dinner."""
    flats = small_air()[0].flats
    days = (midnight(NIGHT) + number * DAY_SECONDS for number in count())
    burnt = next(one for day in days for one in day_of(7, flats, day) if one.smoke_seconds)
    return *small_air(3, burnt.at - 1), burnt


def test_a_burnt_dinner_smokes_for_its_minutes_and_then_the_sensor_says_that_it_is_over() -> None:
    air, ears, burnt = dinner()
    sensor = air.sensors[burnt.detector]

    air.advance(burnt.at + 3)
    assert {said["smoke"] for said in ears.points(sensor.fitted)[-10:]} == {True}

    air.advance(burnt.at + burnt.smoke_seconds + 1)
    assert ears.points(sensor.fitted)[-1]["smoke"] is False
    assert not sensor.alarm


def test_daily_life_stays_away_from_a_sensor_that_somebody_has_taken_in_hand() -> None:
    air, _, burnt = dinner()
    air.keep(burnt.detector, burnt.at + 600)

    air.advance(burnt.at + 3)

    assert not air.sensors[burnt.detector].alarm


def test_a_burnt_dinner_that_somebody_has_taken_in_hand_ends_when_he_lets_go() -> None:
    air, _, burnt = dinner()
    sensor = air.sensors[burnt.detector]
    air.advance(burnt.at + 3)
    air.keep(burnt.detector, burnt.at + 600)

    air.advance(burnt.at + 599)
    still = sensor.alarm
    air.advance(burnt.at + 601)

    assert (still, sensor.alarm) == (True, False)


def test_there_is_always_something_to_do() -> None:
    air, _ = small_air(1)

    air.advance(NIGHT + 10)

    assert NIGHT + 10 < air.next_at < inf


@pytest.mark.parametrize("name", ["b1-1-701-smoke", "rx-b1u1-1"])
def test_a_device_is_found_by_its_name(name: str) -> None:
    air, _ = small_air()

    assert name in air
    assert air.like(name) == name


@pytest.mark.parametrize(
    ("name", "like"),
    [("b50-1-701-gas", "b1-1-201-gas"), ("b50-1-101-co", "b1-1-201-co"), ("rx-b50u1-1", "rx-b1u1-1"), ("b50u1", None)],
)
def test_in_a_small_compound_the_first_of_its_kind_stands_in(name: str, like: str | None) -> None:
    air, _ = small_air()

    assert air.like(name) == like


def test_the_same_seed_lives_the_same_life() -> None:
    first, second = small_air(2), small_air(2)
    for air, _ in (first, second):
        air.advance(NIGHT + 300)

    assert first[1].heard == second[1].heard
