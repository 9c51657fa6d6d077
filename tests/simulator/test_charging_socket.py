from __future__ import annotations

from random import Random

import pytest

from simulator.charging_socket import ChargingSocket
from tests.simulator.sheds import EVENING, LEAD


def socket(*, charging: bool = True) -> ChargingSocket:
    made = ChargingSocket(Random(3), 10.0, 26.0, EVENING)
    if charging:
        made.plug(LEAD, EVENING)
        made.switch(EVENING, on=True)
    return made


def test_what_flows_is_measured_and_counted() -> None:
    one = socket()
    before = one.meter_watt_hours

    measured = one.measure(EVENING + 3_600)

    assert measured.watts == pytest.approx(LEAD.watts(3_600), rel=0.01)
    assert measured.amperes == pytest.approx(measured.watts / (measured.volts * LEAD.power_factor), rel=0.001)
    assert one.meter_watt_hours - before == pytest.approx(LEAD.watt_hours(3_600))


def test_how_often_one_looks_changes_nothing_about_the_meter() -> None:
    often, once = socket(), socket()

    for second in range(0, 7_200, 7):
        often.look(EVENING + second)

    assert often.measure(EVENING + 7_200).kilowatt_hours == pytest.approx(once.measure(EVENING + 7_200).kilowatt_hours)


@pytest.mark.parametrize("ended_by", ["relay", "mains", "plug"])
def test_without_relay_mains_or_plug_nothing_flows(ended_by: str) -> None:
    one = socket()

    match ended_by:
        case "relay":
            one.switch(EVENING + 60, on=False)
        case "mains":
            one.feed(EVENING + 60, mains=False)
        case _:
            one.pull(EVENING + 60)

    measured = one.measure(EVENING + 120)
    assert (measured.watts, measured.amperes) == (0, 0)
    assert (measured.volts == 0) is (ended_by == "mains")
    assert one.meter_watt_hours == pytest.approx(socket().meter_watt_hours + LEAD.watt_hours(60))


def test_a_welded_relay_lets_current_flow_whatever_it_is_told_but_not_without_mains() -> None:
    one = socket()
    one.weld(EVENING, welded=True)

    one.switch(EVENING, on=False)
    assert one.measure(EVENING + 5).amperes > 0.5

    one.feed(EVENING + 5, mains=False)
    assert one.measure(EVENING + 10).amperes == 0


def test_a_socket_warms_slowly_with_its_current() -> None:
    one = ChargingSocket(Random(3), 10.0, 26.0, EVENING)
    for _ in range(4):
        one.plug(LEAD, EVENING)
    one.switch(EVENING, on=True)

    warmth = [one.measure(EVENING + at).celsius - one.ambient(EVENING + at) for at in (0, 60, 300, 3_000)]

    assert warmth[0] < 0.3
    assert 0.5 < warmth[1] < warmth[2] < warmth[3] < 12


@pytest.mark.parametrize("flows", [True, False])
def test_a_burning_battery_warms_its_socket_by_so_much_a_minute_with_and_without_current(flows: bool) -> None:  # noqa: FBT001 - a case
    one = socket(charging=flows)

    one.burn(9, 600, 4, EVENING)

    at = [one.measure(EVENING + seconds).celsius for seconds in (0, 60, 120, 600)]
    assert at[0] - one.ambient(EVENING) == pytest.approx(4, abs=0.3)
    assert at[1] - at[0] == pytest.approx(9, abs=0.8)
    assert at[2] - at[1] == pytest.approx(9, abs=0.8)
    assert at[3] > 100


def test_a_fire_that_ends_cools_down_and_one_that_is_carried_out_too() -> None:
    one = socket()
    one.burn(9, 600, 4, EVENING)
    one.look(EVENING + 600)

    one.burn(0, 0, 0, EVENING + 600)

    assert one.celsius(EVENING + 600) > 100
    assert one.celsius(EVENING + 1_200) < one.celsius(EVENING + 700) < one.celsius(EVENING + 600)
    one.look(EVENING + 6_000)
    assert not one.burns
    assert one.celsius(EVENING + 6_000) < 40


def test_a_second_battery_is_a_step_in_the_power() -> None:
    one = socket()
    before = one.measure(EVENING + 600).watts

    one.plug(LEAD, EVENING + 600)

    assert one.measure(EVENING + 601).watts - before > 130


def test_what_leaks_is_seen_only_where_current_flows() -> None:
    one = socket()
    one.leak_milliamperes = 23

    assert one.measure(EVENING + 1).milliamperes == pytest.approx(23.4)
    one.switch(EVENING + 1, on=False)
    assert one.measure(EVENING + 2).milliamperes == 0
