"""A single detector of a flat: nobody answers, or it goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.model import Priority
from tests.decide.fires.quarter import FIRE, HEAT, LANDING, NEXT, SMOKE, Quarter, quarter, smoke

KEY = smoke(SMOKE)


def burning(seconds: float = 0.0) -> Quarter:
    trial = Quarter()
    trial.say(SMOKE, smoke=True)
    trial.wait(seconds)
    return trial


def test_nobody_answers_for_a_minute_and_it_is_a_matter_of_life_for_people_alone() -> None:
    trial = burning(59)
    assert trial.alarms[KEY].priority is Priority.P2

    trial.wait(1.5)

    assert trial.alarms[KEY].priority is Priority.P1
    assert trial.announced.count(KEY) == 2
    assert trial.released == set()
    assert trial.stopped == set()


def test_one_that_was_answered_stays_what_it_is() -> None:
    trial = burning(30)
    trial.ack(KEY)

    trial.wait(100)

    assert trial.alarms[KEY].priority is Priority.P2
    assert trial.announced.count(KEY) == 1


def test_one_of_a_fire_that_is_confirmed_calls_nobody_by_itself() -> None:
    trial = burning(30)
    trial.say(NEXT, smoke=True)
    assert trial.released, "two rooms are a fire"

    trial.wait(100)

    assert trial.alarms[KEY].priority is Priority.P2
    assert trial.announced.count(KEY) == 1


def test_heat_that_nobody_answers_is_told_to_more_people_too() -> None:
    trial = Quarter()
    trial.say(HEAT, heat=True)

    trial.wait(61)

    assert trial.alarms[f"heat@{HEAT}/heat"].priority is Priority.P1


@pytest.mark.parametrize("reboot", [False, True])
def test_the_minute_goes_on_over_a_restart_and_is_told_once(*, reboot: bool) -> None:
    trial = burning(40)

    trial.restart(off_seconds=10, reboot=reboot)
    trial.wait(8)
    assert trial.alarms[KEY].priority is Priority.P2
    trial.wait(3)
    trial.restart()
    trial.wait(100)

    assert trial.alarms[KEY].priority is Priority.P1
    assert trial.announced.count(KEY) == 2


@pytest.mark.parametrize("answered", [False, True])
def test_the_same_detector_that_still_shows_smoke_after_three_minutes_confirms_it(*, answered: bool) -> None:
    trial = burning(1)
    if answered:
        trial.ack(KEY)

    trial.wait(178)
    assert FIRE not in trial.alarms
    trial.wait(1.5)

    assert "still shows smoke" in trial.alarms[FIRE].why
    assert trial.released == {"d1"}
    assert trial.stopped == {"pile1"}


@pytest.mark.parametrize("reboot", [False, True])
def test_the_three_minutes_go_on_over_a_restart(*, reboot: bool) -> None:
    trial = burning(120)

    trial.restart(off_seconds=30, reboot=reboot)
    trial.up()
    trial.say(SMOKE, smoke=True)
    trial.wait(29)
    assert FIRE not in trial.alarms
    trial.wait(2)

    assert FIRE in trial.alarms


def test_smoke_that_has_gone_is_no_fire_though_its_alarm_waits_for_its_delay() -> None:
    trial = burning(150)
    trial.say(SMOKE, smoke=False)

    trial.wait(35)
    assert trial.alarms[KEY].active
    trial.wait(60)

    assert not trial.alarms[KEY].active
    assert FIRE not in trial.alarms


def test_smoke_that_thins_out_for_a_moment_and_comes_back_is_looked_at_again() -> None:
    trial = burning(175)
    trial.say(SMOKE, smoke=False)
    trial.wait(20)
    trial.say(SMOKE, smoke=True)

    trial.wait(11)

    assert FIRE in trial.alarms


def test_a_person_who_says_it_is_nothing_ends_its_deadlines() -> None:
    trial = burning(20)

    trial.verify(KEY, real=False)
    trial.wait(600)

    assert trial.alarms[KEY].priority is Priority.P2
    assert FIRE not in trial.alarms


def test_a_detector_that_was_wrong_is_not_believed_until_it_has_cleared() -> None:
    trial = burning(20)
    trial.verify(KEY, real=False)
    trial.restart()

    trial.say(NEXT, smoke=True)
    trial.wait(30)
    assert FIRE not in trial.alarms

    trial.say(SMOKE, smoke=True)
    trial.say(SMOKE, smoke=False)
    trial.wait(62)
    trial.say(SMOKE, smoke=True)

    assert FIRE in trial.alarms


def test_a_person_who_says_that_it_was_real_after_all_is_believed() -> None:
    trial = burning(20)
    trial.verify(KEY, real=False)

    trial.verify(KEY, real=True)

    assert trial.released == {"d1"}


def test_others_are_believed_while_one_was_wrong() -> None:
    trial = burning(20)
    trial.verify(KEY, real=False)

    trial.say(LANDING, smoke=True)

    assert FIRE in trial.alarms


def test_a_site_may_say_that_no_single_detector_confirms() -> None:
    trial = burning(100)
    rules = quarter()[0]

    trial.rules = replace(rules, fires=replace(rules.fires, standing_seconds=None))
    trial._keep(trial.judge.adopt(trial.rules, trial.now))
    trial.live(1_020)
    assert FIRE not in trial.alarms

    trial.rules = rules
    trial._keep(trial.judge.adopt(trial.rules, trial.now))
    trial.live(240)

    assert FIRE in trial.alarms


def test_a_detector_that_was_not_heard_since_a_restart_confirms_nothing_by_standing() -> None:
    trial = burning(30)
    trial.say(SMOKE, smoke=False)

    trial.restart()
    trial.wait(300)
    assert FIRE not in trial.alarms
    trial.say(SMOKE, smoke=True)
    trial.wait(11)

    assert FIRE in trial.alarms
