"""What rows of the table switch: once for each raise, whatever dies meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.contract import Link, LinkChanged
from gateway.decide.fires.table import Row, Switch
from gateway.model import AskCommand, Priority
from tests.decide.fires.quarter import FAN, FIRE, GAS, LANDING, LIFT, MANAGER, SMOKE, Quarter, code, quarter, smoke


def fire() -> Quarter:
    trial = Quarter()
    trial.say(LANDING, smoke=True)
    return trial


def test_a_fire_switches_what_its_row_says_behind_all_that_is_held() -> None:
    trial = Quarter()

    out = trial.say(LANDING, smoke=True)

    assert trial.switched == [LIFT, FAN]
    kinds = [type(each).__name__ for each in out if type(each).__name__ in ("Want", "Send", "AlarmChanged")]
    assert kinds == sorted(kinds, key=["Want", "Send", "AlarmChanged"].index)


def test_the_same_raise_switches_nothing_twice() -> None:
    trial = fire()
    trial.wait(30)

    trial.verify(smoke(LANDING), real=True)
    trial._keep(trial.judge.adopt(trial.rules, trial.now))
    trial.restart()
    trial.up()
    trial.wait(30)

    assert trial.switched == [LIFT, FAN]


def test_an_alarm_that_gets_worse_is_the_same_raise() -> None:
    rules = quarter()[0]
    row = Row("pre_alarm", ("smoke",), switch=(Switch("lift1", "relay1.switch", {"on": True}, repeatable=True),))
    trial = Quarter(rules=replace(rules, fires=replace(rules.fires, rows=(row,))))
    trial.say(SMOKE, smoke=True)

    trial.wait(61)

    assert trial.alarms[smoke(SMOKE)].priority is Priority.P1
    assert trial.switched == [LIFT]


def test_the_next_raise_switches_again() -> None:
    trial = fire()
    trial.say(LANDING, smoke=False)
    trial.wait(62)
    trial.reset(FIRE)
    trial.reset(smoke(LANDING))

    trial.say(LANDING, smoke=True)

    assert trial.switched == [LIFT, FAN] * 2


def test_what_may_have_been_lost_by_a_kill_is_given_again_if_twice_does_no_harm() -> None:
    trial = fire()
    trial.wait(2)

    trial.restart(off_seconds=3)
    assert trial.switched == [LIFT, FAN]
    trial.up()
    trial.wait(2)
    assert trial.switched == [LIFT, FAN] * 2
    trial.wait(15)
    trial.restart()
    trial.up()
    trial.wait(5)

    assert trial.switched == [LIFT, FAN] * 2


def test_what_would_do_harm_twice_is_not() -> None:
    rules = quarter()[0]
    row = Row(
        "fire_confirmed", ("fire_confirmed",), release=True, switch=(Switch("lift1", "relay1.switch", {"on": True}),)
    )
    trial = Quarter(rules=replace(rules, fires=replace(rules.fires, rows=(row,))))
    trial.say(LANDING, smoke=True)

    trial.restart(off_seconds=1)
    trial.up()
    trial.wait(5)

    assert trial.switched == [LIFT]


def test_a_device_that_cannot_be_reached_is_told_when_it_can_while_the_fire_stands() -> None:
    trial = Quarter()
    trial.take(LinkChanged("lift1", Link.LOST, "cable", trial.now.boottime_ns))
    trial.say(LANDING, smoke=True)
    assert trial.switched == [FAN]
    trial.wait(60)
    trial.restart()
    trial.up("fan101")

    trial.up("lift1")
    trial.wait(2)

    assert trial.switched == [FAN, LIFT]


def test_and_not_when_it_is_over() -> None:
    trial = Quarter()
    trial.take(LinkChanged("lift1", Link.LOST, "cable", trial.now.boottime_ns))
    trial.say(LANDING, smoke=True)
    trial.say(LANDING, smoke=False)
    trial.wait(62)

    trial.up("lift1")
    trial.wait(2)

    assert trial.switched == [FAN]


def test_nothing_is_kept_of_what_is_over() -> None:
    trial = fire()
    trial.say(LANDING, smoke=False)
    trial.wait(62)
    trial.reset(FIRE)
    trial.reset(smoke(LANDING))
    trial.wait(200)

    assert not [key for key in trial.disk if key.startswith(("fire:", "fire_"))]


# ------------------------------------------------------------ gas


@pytest.mark.parametrize("shows", [{"gas": True}, {"gas_level": 12.0}])
def test_gas_in_a_flat_forbids_whoever_asks_to_switch_anything_there(shows: dict[str, float]) -> None:
    trial = Quarter()
    trial.say(GAS, **shows)

    asked = [AskCommand(MANAGER, device, "relay1.switch", {"on": True}, "air") for device in ("fan101", "lift1")]
    codes = [code(trial.take(each)) for each in asked]

    assert codes == ["gas", ""]


def test_until_a_person_has_reset_it() -> None:
    trial = Quarter()
    trial.say(GAS, gas=True)
    trial.say(GAS, gas=False)
    trial.wait(62)
    ask = AskCommand(MANAGER, "fan101", "relay1.switch", {"on": True}, "air")
    assert code(trial.take(ask)) == "gas"

    trial.reset(f"gas@{GAS}/gas")

    assert code(trial.take(ask)) == ""


def test_gas_moves_nothing_and_a_fire_switches_nothing_in_that_flat() -> None:
    trial = Quarter()
    trial.say(GAS, gas=True)
    assert trial.released == set()
    assert trial.stopped == set()

    trial.say(LANDING, smoke=True)

    assert trial.switched == [LIFT]
    assert [row.body["why"] for row in trial.rows("effect")] == ["gas"]


# ------------------------------------------------------------ lockers


def test_lockers_of_the_building_are_frozen_by_the_table_until_the_reset() -> None:
    trial = Quarter()
    freezing = trial.judge.fires.freezing
    assert not freezing.stands("b1", "locker1")

    trial.say(LANDING, smoke=True)
    assert freezing.stands("b1", "locker1")
    assert not freezing.stands("b2", "locker2")
    trial.say(LANDING, smoke=False)
    trial.wait(62)
    assert freezing.stands("b1", "locker1")
    trial.reset(FIRE)

    assert not freezing.stands("b1", "locker1")


def test_smoke_in_a_flat_freezes_none() -> None:
    trial = Quarter()

    trial.say(SMOKE, smoke=True)

    assert not trial.judge.fires.freezing.stands("b1", "locker1")
