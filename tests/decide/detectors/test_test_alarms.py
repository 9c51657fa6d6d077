"""What a detector says while somebody tests it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.contract import FIRE_RELEASE, Link, LinkChanged
from gateway.decide.alarm_json import alarm_from_json, alarm_to_json
from gateway.decide.rules import Rule
from gateway.detecting import EndWalkTest
from gateway.model import AckAlarm, AlarmChanged, Change, Priority, ResetAlarm, Want
from tests.decide.bench_of_rules import STAFF
from tests.decide.detectors.estate import CO, FLATS, GAS, INSTALLER, LANDING, POINT_RULES, SMOKE, Estate, estate
from tests.decide.town import controller

KEY = f"smoke@{SMOKE}/smoke"


def under_test() -> Estate:
    """The first flat's smoke detector is under test; it was heard."""
    trial = Estate()
    trial.say(SMOKE, smoke=False, heard_by="rx1", signal=-64)
    trial.walk(SMOKE)
    return trial


def changes(trial: Estate, key: str = KEY) -> list[tuple[Change, bool, bool]]:
    """What happened to an alarm: the change, whether people heard of it, whether it was a test."""
    return [
        (each.change, each.announce, each.alarm.test)
        for each in trial.said
        if isinstance(each, AlarmChanged) and each.alarm.key == key
    ]


def test_its_alarm_is_told_as_a_test_and_is_gone_with_the_smoke() -> None:
    trial = under_test()

    trial.say(SMOKE, smoke=True)
    assert (trial.alarms[KEY].test, trial.alarms[KEY].latched) == (True, False)
    trial.wait(20)
    trial.say(SMOKE, smoke=False)
    trial.wait(61)

    assert KEY not in trial.alarms
    assert not [key for key in trial.disk if key.startswith("test:")]
    assert changes(trial) == [(Change.RAISED, True, True), (Change.CLEARED, False, True)]


def test_the_report_says_what_it_said_and_who_heard_it() -> None:
    trial = under_test()

    trial.say(SMOKE, test=True)
    trial.say(SMOKE, smoke=True)

    walk = trial.judge.detectors.walk_tests.walks["w1"]
    assert [(each.what, each.receiver, each.rssi) for each in walk.said[SMOKE]] == [
        ("test", "rx1", -64),
        ("smoke", "rx1", -64),
    ]


def test_one_of_which_nobody_knows_yet_who_hears_it_is_ticked_all_the_same() -> None:
    trial = Estate()
    trial.walk(GAS)

    trial.say(GAS, gas=True)

    (said,) = trial.judge.detectors.walk_tests.walks["w1"].said[GAS]
    assert (said.what, said.receiver, said.rssi) == ("gas", "", 0)


def test_what_stands_unchanged_is_ticked_once() -> None:
    trial = under_test()
    trial.say(SMOKE, smoke=True)

    trial.say(SMOKE, temperature=21.0)

    assert len(trial.judge.detectors.walk_tests.walks["w1"].said[SMOKE]) == 1


def test_a_test_that_stands_for_three_minutes_is_an_alarm_and_is_told_as_one() -> None:
    trial = under_test()
    trial.say(SMOKE, smoke=True)
    trial.take(AckAlarm(STAFF, trial.alarms[KEY].number))

    trial.wait(179)
    assert trial.alarms[KEY].test
    trial.wait(2)

    alarm = trial.alarms[KEY]
    assert (alarm.test, alarm.latched, alarm.state.value, alarm.acked_by) == (False, True, "B", "")
    assert changes(trial)[-1] == (Change.RAISED, True, False)
    trial.say(SMOKE, smoke=False)
    trial.wait(61)
    assert trial.standing("smoke") == {f"{SMOKE}/smoke": "E"}


@pytest.mark.parametrize("reboot", [False, True])
def test_the_three_minutes_go_on_over_a_restart(*, reboot: bool) -> None:
    trial = under_test()
    trial.say(SMOKE, smoke=True)
    trial.wait(120)

    trial.restart(off_seconds=1, reboot=reboot)
    trial.wait(58)
    assert trial.alarms[KEY].test
    trial.wait(65)

    assert not trial.alarms[KEY].test


def test_a_test_that_is_over_ends_its_three_minutes() -> None:
    trial = under_test()
    trial.say(SMOKE, smoke=True)
    trial.wait(30)
    trial.say(SMOKE, smoke=False)
    trial.wait(61)

    trial.take(EndWalkTest(INSTALLER, "w1"))
    trial.say(SMOKE, smoke=True)
    trial.wait(59)

    assert [(change, test) for change, _, test in changes(trial)] == [
        (Change.RAISED, True),
        (Change.CLEARED, True),
        (Change.RAISED, False),
    ]
    trial.wait(241)
    assert not any(test for _, _, test in changes(trial)[3:])


def test_an_alarm_that_was_open_before_the_test_is_no_test() -> None:
    trial = Estate()
    trial.say(SMOKE, smoke=True)
    trial.say(SMOKE, smoke=False)
    trial.wait(61)
    trial.walk(SMOKE)

    trial.say(SMOKE, smoke=True)

    assert (trial.alarms[KEY].test, trial.alarms[KEY].latched) == (False, True)


def test_only_the_detectors_that_were_named_are_under_test() -> None:
    trial = under_test()

    trial.say(FLATS[1], smoke=True)

    assert not trial.alarms[f"smoke@{FLATS[1]}/smoke"].test


def test_what_is_measured_in_a_test_is_a_test_and_what_is_found_out_meanwhile_is_not() -> None:
    trial = Estate()
    trial.walk(CO, SMOKE, LANDING)
    trial.say(CO, co_level=0.0)
    trial.say(LANDING, temperature=20.0)

    trial.say(CO, co_level=900.0)
    trial.event(SMOKE, "unverified_alarm", what="smoke", why="plain")
    for celsius in (20.0, 35.0, 60.0):
        trial.say(LANDING, temperature=celsius)
        trial.live(30, CO, every=10)

    tests = {alarm.rule: alarm.test for alarm in trial.judge.alarms}
    assert tests == {"co_dose": True, "temperature_rise": True, "unverified_alarm": False}


def test_a_silence_in_a_test_is_no_test() -> None:
    trial = under_test()

    trial.wait(960)

    assert not trial.alarms[f"detector_lost@{SMOKE}"].test


def test_no_door_is_released_for_a_test_and_all_are_once_it_is_none() -> None:
    smoke = Rule("smoke", Priority.P1, latching=True, releases=True)
    rules = estate(point_rules={**POINT_RULES, "smoke_alarm": (smoke,)})
    door = replace(controller("door", "b1", ["door1"]), line="air")
    trial = Estate(replace(rules, devices={**rules.devices, "door": door}))
    trial.take(LinkChanged("door", Link.UP, "", trial.now.boottime_ns))
    trial.say(SMOKE, smoke=False)
    trial.walk(SMOKE)

    trial.say(SMOKE, smoke=True)
    trial.wait(170)
    assert not _released(trial)
    trial.wait(20)

    assert _released(trial)


def test_an_alarm_from_before_there_were_tests_reads_as_none() -> None:
    trial = under_test()
    trial.say(SMOKE, smoke=True)
    body = alarm_to_json(trial.alarms[KEY])
    assert alarm_from_json(body).test

    del body["test"]

    assert not alarm_from_json(body).test


def test_a_test_alarm_cannot_be_reset_while_it_stands() -> None:
    trial = under_test()
    trial.say(SMOKE, smoke=True)
    number = trial.alarms[KEY].number

    trial.take(AckAlarm(STAFF, number))
    (refused,) = trial.take(ResetAlarm(STAFF, number, "it was me"))

    assert getattr(refused, "code", "") == "alarm_active"


def _released(trial: Estate) -> bool:
    return any(isinstance(each, Want) and each.state.name == FIRE_RELEASE and each.state.level for each in trial.said)
