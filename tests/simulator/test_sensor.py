from __future__ import annotations

import pytest

from simulator.bthome import advertisement
from simulator.detectors import CO, GAS, SMOKE, Fitted
from simulator.sensor import PREHEAT_SECONDS, Sensor
from tests.simulator.ears import NIGHT, counters, points_of


def sensor(kind: str, battery_percent: int = 80) -> Sensor:
    key = bytes(range(16))
    fitted = Fitted("b1-1-501-x", kind, "b1", 1, 5, "C4:7A:00:00:00:01", key, "X1", 2.0, battery_percent, 0, dumb=False)
    return Sensor(fitted, (), NIGHT)


def seconds_to_alarm(kind: str, level: float, limit: float) -> float | None:
    """After how many seconds at this level it gives alarm, an hour after it was switched on; None: not within `limit`."""
    one, begin = sensor(kind), NIGHT + 3600
    one.reach(level, 0, begin)
    at = 0.0
    while at <= limit:
        one.look(begin + at)
        if one.alarm:
            return at
        at += 5
    return None


def test_a_smoke_sensor_says_how_it_is_in_one_packet_that_fits_an_advertisement() -> None:
    one = sensor(SMOKE, battery_percent=9)
    one.tampered = True
    one.sense(smoke=True)

    packet = one.packet(NIGHT)

    said = points_of(one.fitted, packet)
    assert 15 < said.pop("temperature") < 30
    assert said == {"smoke": True, "tamper": True, "problem": False, "battery": 9, "battery_low": True, "test": False}
    assert len(advertisement(packet)) == 31


@pytest.mark.parametrize(("kind", "alarm", "level"), [(GAS, "gas", "gas_level"), (CO, "co", "co_level")])
def test_a_gas_sensor_says_its_level_and_its_alarm(kind: str, alarm: str, level: str) -> None:
    one = sensor(kind)
    one.reach(12.5 if kind == GAS else 125, 0, NIGHT)

    quiet = points_of(one.fitted, one.packet(NIGHT))
    for second in range(0, 7200, 5):
        one.look(NIGHT + second)
    loud = points_of(one.fitted, one.packet(NIGHT))

    assert (quiet[alarm], loud[alarm]) == (False, True)
    assert quiet[level] == (12.5 if kind == GAS else 125)
    assert not quiet["preheat"]


def test_a_co_alarm_tells_of_its_battery_now_and_then() -> None:
    one = sensor(CO, battery_percent=7)

    said = [points_of(one.fitted, one.packet(NIGHT)) for _ in range(12)]

    told = [each for each in said if "battery" in each]
    assert len(told) == 2
    assert told[0] == {"co": False, "tamper": False, "battery": 7, "battery_low": True, "test": False}


def test_a_gas_sensor_that_warms_up_says_so() -> None:
    one = sensor(GAS)
    one.preheated_at = NIGHT + PREHEAT_SECONDS

    assert points_of(one.fitted, one.packet(NIGHT))["preheat"] is True
    assert points_of(one.fitted, one.packet(NIGHT + PREHEAT_SECONDS))["preheat"] is False


@pytest.mark.parametrize(
    ("kind", "level", "after", "before"),
    [(GAS, 10, 15, 60), (CO, 300, 60, 180), (CO, 100, 600, 2400), (CO, 50, 3600, 5400)],
)
def test_an_alarm_comes_within_the_time_of_its_standard(kind: str, level: float, after: float, before: float) -> None:
    waited = seconds_to_alarm(kind, level, before)

    assert waited is not None
    assert after <= waited <= before


@pytest.mark.parametrize(("kind", "level"), [(GAS, 6), (CO, 29)])
def test_a_little_gas_is_no_alarm(kind: str, level: float) -> None:
    assert seconds_to_alarm(kind, level, 7200) is None


def test_an_alarm_ends_when_the_gas_is_gone_and_not_before() -> None:
    one = sensor(GAS)
    one.reach(20, 0, NIGHT)
    for second in range(0, 60, 5):
        one.look(NIGHT + second)
    one.reach(0, 100, NIGHT + 60)

    one.look(NIGHT + 60 + 60)  # 8 %LEL
    assert one.alarm
    one.look(NIGHT + 60 + 70)  # 6 %LEL
    assert not one.alarm


def test_a_level_that_moves_is_worth_a_packet_and_one_that_stands_is_not() -> None:
    one = sensor(GAS)
    one.reach(5, 50, NIGHT)

    told = [second for second in range(0, 100, 5) if one.look(NIGHT + second)]

    assert told == [10, 20, 30, 40, 50]
    assert one.restless(NIGHT + 100)
    one.reach(0, 0, NIGHT + 100)
    assert not one.restless(NIGHT + 100)


def test_the_counter_rises_by_one_and_never_falls_behind_that_of_an_earlier_run() -> None:
    first = sensor(SMOKE)
    sent = counters([first.packet(NIGHT) for _ in range(60)])

    later = Sensor(first.fitted, (), NIGHT + 3600)

    assert sent == list(range(sent[0], sent[0] + 60))
    assert counters([later.packet(NIGHT + 3600)])[0] > sent[-1]


def test_a_new_battery_is_full_and_counts_anew() -> None:
    one = sensor(SMOKE, battery_percent=5)

    one.change_battery(0)

    packet = one.packet(NIGHT)
    assert counters([packet]) == [0]
    assert points_of(one.fitted, packet)["battery"] == 100
