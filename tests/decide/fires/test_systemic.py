"""Too many buildings at once: perhaps a clock, a radio or a forger."""

from __future__ import annotations

from gateway.model import Priority
from tests.decide.fires.quarter import FIRE, LANDING, NEXT, SMOKE, Quarter, smoke

SYSTEMIC = "systemic_alarm@compound"
B2, B3 = "b2-1-101-smoke", "b3-1-101-smoke"


def three(apart: float = 20.0) -> Quarter:
    trial = Quarter()
    for device in (SMOKE, B2, B3):
        trial.say(device, smoke=True)
        trial.wait(apart)
    return trial


def test_three_buildings_within_a_minute_are_told_as_one_matter_of_life_and_move_nothing() -> None:
    trial = three()

    assert trial.alarms[SYSTEMIC].priority is Priority.P1
    assert "1号楼, 2号楼, 3号楼" in trial.alarms[SYSTEMIC].why
    assert all(trial.alarms[smoke(device)].priority is Priority.P1 for device in (SMOKE, B2, B3))
    trial.say(NEXT, smoke=True)
    trial.say(LANDING, smoke=True)
    trial.wait(300)
    assert trial.released == set()
    assert trial.stopped == set()


def test_what_is_held_back_is_recorded_once() -> None:
    trial = three()
    trial.say(NEXT, smoke=True)
    trial.say(LANDING, smoke=True)
    trial.restart()
    trial.say("b1-1-f2-smoke", smoke=True)

    assert [(row.subject, row.body["why"][:16]) for row in trial.rows("fire_held")] == [("b1", "smoke in 2 rooms")]


def test_two_buildings_or_three_in_a_longer_time_are_not_systemic() -> None:
    trial = three(apart=31)

    assert SYSTEMIC not in trial.alarms


def test_getting_worse_is_no_new_smoke() -> None:
    trial = Quarter()
    trial.say(SMOKE, smoke=True)
    trial.wait(50)
    trial.say(B2, smoke=True)
    trial.wait(15)  # b1 is told again as P1
    trial.say(B3, smoke=True)

    assert SYSTEMIC not in trial.alarms


def test_a_panel_a_person_and_whatever_it_confirms_act_all_the_same() -> None:
    trial = three()

    trial.say("d2", fire_input=True)
    trial.verify(smoke(B3), real=True)

    assert trial.released == {"d2", "d3"}


def test_detectors_of_a_building_whose_panel_says_fire_are_believed() -> None:
    trial = three()
    trial.say("d1", fire_input=True)

    trial.say(NEXT, smoke=True)

    assert FIRE in trial.alarms


def test_when_it_is_over_what_is_left_counts_again() -> None:
    trial = three()
    trial.say(NEXT, smoke=True)
    assert FIRE not in trial.alarms

    trial.say(B2, smoke=False)
    trial.say(B3, smoke=False)
    trial.wait(200)

    assert not trial.alarms[SYSTEMIC].active
    assert trial.released == {"d1"}
