from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.contract import Fault, Link, Quality, Sample
from gateway.model import AckAlarm, AlarmChanged, Change, LineChanged, Outcome, Priority, ResetAlarm
from tests.decide.town import ESCAPES, POINTS, RELEASED, STAFF, Town, controller, town

SHUT = "fire_doors_shut@building:b1"
BURNING = {"fire_input": True}


def fire() -> Town:
    trial = Town()
    trial.up("c1", "c2", "c3", "c4")
    trial.say("c1", BURNING)
    return trial


def reset(trial: Town, key: str = "fire_input@c1/fire_input") -> list[Outcome]:
    number = trial.alarms[key].number
    trial.take(AckAlarm(STAFF, number))
    return trial.take(ResetAlarm(STAFF, number, "went there"))


def changes(outcomes: list[Outcome]) -> list[tuple[Change, str]]:
    return [(o.change, o.alarm.why) for o in outcomes if isinstance(o, AlarmChanged) and o.alarm.key == SHUT]


def test_the_escape_doors_of_the_building_are_released_and_no_others() -> None:
    assert fire().released == ESCAPES


def test_a_detector_that_has_no_doors_releases_its_building_as_an_input_does() -> None:
    trial = Town()

    trial.smoke(on=True)

    assert trial.released == ESCAPES


def test_a_building_of_which_no_way_out_is_known_opens_all_doors_of_the_controller_that_asked() -> None:
    trial = Town(town(c5=controller("c5", "b2", [])))

    trial.say("c3", BURNING)

    assert trial.released == {"c3": {"doors": ["door1", "door2"]}}


def test_or_of_every_controller_when_none_of_them_asked() -> None:
    rules = town(c1=controller("c1", "b1", []), c2=controller("c2", "b1", [], wants=()))
    trial = Town(rules)

    trial.smoke(on=True)

    assert trial.released == {"c1": {"doors": ["door1", "door2"]}}


def test_when_the_one_that_asked_is_reset_and_a_detector_still_holds_every_one_opens() -> None:
    trial = Town(town(c1=controller("c1", "b1", []), c2=controller("c2", "b1", [])))
    trial.say("c1", BURNING)
    trial.smoke(on=True)
    assert trial.released.keys() == {"c1"}
    trial.say("c1", {"fire_input": False})

    reset(trial)

    assert trial.released.keys() == {"c1", "c2"}


def test_a_controller_of_whose_doors_nothing_is_known_opens_all_that_it_has() -> None:
    trial = Town(town(c2=replace(controller("c2", "b1", []), doors={})))
    trial.up("c1", "c2")

    trial.say("c1", BURNING)
    trial.live(4, "c1", "c2")

    assert trial.released == {"c1": {"doors": ["door1"]}, "c2": True}
    assert trial.alarms[SHUT].why == "c1门禁 door1大门 (未放行)、c2门禁 (未确认)"


def test_a_controller_without_a_building_releases_its_own_escape_doors() -> None:
    trial = Town()
    trial.up("c4")

    trial.say("c4", BURNING)
    trial.live(4, "c4")

    assert trial.released == {"c4": {"doors": ["door1"]}}
    alarm = trial.alarms["fire_doors_shut@device:c4"]
    assert (alarm.device, alarm.place.name, alarm.why) == ("c4", "c4门禁", "c4门禁 door1大门 (未放行)")


def test_doors_that_open_in_time_are_no_alarm() -> None:
    trial = fire()
    trial.live(2, "c1", "c2")

    trial.say("c1", RELEASED)
    trial.say("c2", RELEASED)
    trial.live(60, "c1", "c2")

    assert SHUT not in trial.alarms


def test_the_doors_that_did_not_open_are_named_with_what_is_the_matter() -> None:
    trial = fire()
    trial.found("c2", Link.LOST)
    trial.say("c1", {**RELEASED, "door1.door_unlocked": False})

    trial.live(3, "c1")

    alarm = trial.alarms[SHUT]
    assert alarm.why == "c1门禁 door1大门 (未放行)、c2门禁 door1大门 (离线)、c2门禁 door2大门 (离线)"
    assert (alarm.place.building, alarm.place.name, alarm.device) == ("b1", "", "")
    assert trial.announced[-1] == SHUT


def test_neither_the_word_nor_the_bond_alone_is_an_open_door() -> None:
    for proof in ("door_unlocked", "door_fire_released"):
        trial = fire()
        trial.say("c2", RELEASED)
        trial.say("c1", {f"door1.{proof}": True})
        trial.live(4, "c1", "c2")

        assert trial.alarms[SHUT].why == "c1门禁 door1大门 (未放行)"


def test_what_is_bad_silent_or_never_heard_is_not_an_open_door() -> None:
    trial = Town()
    trial.say("c1", {**BURNING, **RELEASED})
    trial.found("c2", Link.MISCONFIGURED)
    fault = Fault(Quality.UNCERTAIN, "frozen")
    trial.take(Sample("c1", 0, (True,) * len(POINTS), (fault,) * len(POINTS), trial.now.boottime_ns))

    trial.wait(4)

    assert trial.alarms[SHUT].why == "c1门禁 door1大门 (未确认)、c2门禁 door1大门 (未确认)、c2门禁 door2大门 (未确认)"


def test_a_door_that_shows_nothing_is_not_taken_for_open() -> None:
    mute = controller("c1", "b1", ["door1"])
    doors = {part: replace(door, points={}) for part, door in mute.doors.items()}
    trial = Town(town(c1=replace(mute, doors=doors)))
    trial.up("c1", "c2")
    trial.say("c2", RELEASED)

    trial.say("c1", BURNING)
    trial.live(4, "c1", "c2")

    assert trial.alarms[SHUT].why == "c1门禁 door1大门 (未确认)"


def test_a_list_that_changes_is_told_again_once_it_has_stood() -> None:
    trial = fire()
    trial.live(4, "c1", "c2")
    assert trial.alarms[SHUT].why.count("、") == 2
    trial.take(AckAlarm(STAFF, trial.alarms[SHUT].number))

    trial.say("c1", RELEASED)
    at_once = trial.live(1, "c1", "c2")
    later = trial.live(4, "c1", "c2")

    why = "c2门禁 door1大门 (未放行)、c2门禁 door2大门 (未放行)"
    assert changes(at_once) == []
    assert changes(later) == [(Change.UPDATED, why)]
    assert trial.announced[-2:] == [SHUT, SHUT]
    assert trial.alarms[SHUT].acked, "whoever took it keeps it"


def test_a_line_that_is_lost_meanwhile_is_seen_too() -> None:
    trial = fire()
    trial.live(4, "c1", "c2")

    trial.take(LineChanged("l1", Link.LOST, "cable", trial.now.boottime_ns))
    trial.wait(5)

    assert trial.alarms[SHUT].why == "c1门禁 door1大门 (离线)、c2门禁 door1大门 (离线)、c2门禁 door2大门 (离线)"


def test_it_clears_when_the_last_door_is_open_and_comes_again_when_one_shuts() -> None:
    trial = fire()
    trial.live(4, "c1", "c2")
    trial.say("c1", RELEASED)

    out = trial.say("c2", RELEASED)
    assert changes(out)[0][0] is Change.CLEARED
    trial.say("c2", {"door2.door_unlocked": False})
    out = trial.live(4, "c1", "c2")

    assert changes(out) == [(Change.RAISED, "c2门禁 door2大门 (未放行)")]


def test_the_end_of_the_release_ends_the_alarm() -> None:
    trial = fire()
    trial.live(4, "c1", "c2")
    trial.say("c1", {"fire_input": False})

    out = reset(trial)

    assert changes(out)[0][0] is Change.CLEARED
    assert trial.released == {}


def test_a_restart_tells_nobody_again_what_stands_as_it_stood() -> None:
    trial = fire()
    trial.say("c2", RELEASED)
    trial.live(4, "c1", "c2")
    before = list(trial.announced)

    trial.restart(reboot=True)
    trial.up("c1", "c2")
    trial.live(10, "c1", "c2")

    assert trial.released == ESCAPES
    assert trial.announced == before
    assert trial.alarms[SHUT].why == "c1门禁 door1大门 (未放行)"


def test_a_restart_within_the_delay_does_not_lose_the_alarm() -> None:
    trial = fire()
    trial.live(2, "c1", "c2")

    trial.restart()
    trial.up("c1", "c2")
    trial.live(2, "c1", "c2")

    assert trial.alarms[SHUT].active


def test_a_reload_says_nothing_anew_of_doors_that_stand_as_they_stood() -> None:
    trial = fire()
    trial.say("c2", RELEASED)
    trial.live(4, "c1", "c2")
    before = list(trial.announced)

    trial._keep(trial.judge.adopt(trial.rules, trial.now))
    out = trial.live(5, "c1", "c2")

    assert changes(out) == []
    assert trial.announced == before


def test_a_door_that_a_reload_makes_a_way_out_is_released_at_once_and_one_that_it_takes_away_is_let_go() -> None:
    trial = fire()

    moved = town(c1=controller("c1", "b1", ["door2"]), c2=controller("c2", "b9", ["door1"]))
    trial._keep(trial.judge.adopt(moved, trial.now))

    assert trial.released == {"c1": {"doors": ["door2"]}}


def test_a_fire_whose_rule_no_longer_releases_is_ended_by_its_reset_all_the_same() -> None:
    trial = fire()
    plain = town()
    for device in ("c1", "c2", "c3", "c4"):
        groups = tuple(
            replace(
                group, watched=tuple(replace(w, rules=(replace(w.rules[0], releases=False),)) for w in group.watched)
            )
            for group in plain.devices[device].groups
        )
        plain = replace(plain, devices={**plain.devices, device: replace(plain.devices[device], groups=groups)})
    trial._keep(trial.judge.adopt(plain, trial.now))
    assert trial.released == ESCAPES

    trial.say("c1", {"fire_input": False})
    reset(trial)

    assert trial.released == {}


@pytest.mark.parametrize("latched", [False, True])
def test_a_fire_that_stands_in_the_alarms_alone_releases_after_a_start(*, latched: bool) -> None:
    """A rescued journal may have lost what was remembered, and a rule may release that did not before."""
    trial = fire()
    del trial.disk["fire_release:building:b1"]
    if latched:
        trial.say("c1", {"fire_input": False})
        assert trial.alarms["fire_input@c1/fire_input"].state.value == "E"

    trial.restart()

    assert trial.released == ESCAPES
    assert trial.disk["fire_release:building:b1"] == ["fire_input@c1/fire_input"]
    assert trial.alarms["fire_input@c1/fire_input"].priority is Priority.P1
