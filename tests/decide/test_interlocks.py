from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.contract import Fault, Link, Quality, Sample
from gateway.model import AckAlarm, ResetAlarm
from tests.decide.town import POINTS, STAFF, Town, controller, town

LOCK = {"name": "lockdown"}
RESET = {"name": "reset_fire_latch"}
FREE = {"name": "door1.hold_free"}
TEST = {"name": "door1.relay_test"}
OPEN = {"name": "door1.unlock"}
ON, OFF = {"on": True}, {"on": False}


@pytest.mark.parametrize(
    ("said", "asked", "code"),
    [
        ({}, LOCK | ON, ""),
        ({}, LOCK | OFF, ""),
        ({"lockdown": True}, LOCK | ON, ""),
        ({"lockdown": True}, LOCK | OFF, ""),
        ({"lockdown": True}, OPEN, "lockdown"),
        ({"lockdown": True}, FREE | ON, "lockdown"),
        ({"lockdown": True}, FREE | OFF, "lockdown"),
        ({"lockdown": True}, TEST, "lockdown"),
        ({"fire_release_latched": True}, LOCK | ON, "fire_latched"),
        ({"fire_release_latched": True}, LOCK | OFF, ""),
        ({"fire_release_latched": True}, FREE | ON, ""),
        ({"fire_release_latched": True}, FREE | OFF, "fire_latched"),
        ({"fire_release_latched": True}, TEST, "fire_latched"),
        ({"fire_release_latched": True}, OPEN, ""),
        ({"fire_release_latched": True}, RESET, ""),
        ({"fire_release_latched": True, "lockdown": True}, OPEN, ""),
        ({"fire_input": True}, LOCK | ON, "fire_release"),
        ({"fire_input": True}, RESET, "fire_release"),
        ({"fire_input": True}, OPEN, ""),
        ({}, RESET, ""),
    ],
)
@pytest.mark.parametrize("speaker", ["c1", "c2"])
def test_what_the_building_forbids_is_refused(
    speaker: str, said: dict[str, bool], asked: dict[str, str], code: str
) -> None:
    trial = Town()
    trial.up("c1", "c2")
    trial.say(speaker, said)

    found = trial.ask(**asked)  # type: ignore[arg-type] # names and arguments of the case

    alone = said.keys() == {"lockdown"} and speaker == "c2"  # a lockdown is of one controller, a fire of the building
    assert found == ("" if alone else code)


def test_a_fire_in_another_building_forbids_nothing_here() -> None:
    trial = Town()
    trial.up("c1", "c2", "c3")
    trial.say("c3", {"fire_input": True})

    assert trial.ask(name="lockdown", on=True) == ""
    assert trial.ask(name="reset_fire_latch") == "too_soon", "only the pause of a device-wide command stands against it"


def test_a_fire_input_that_no_rule_watches_forbids_a_lockdown_all_the_same() -> None:
    plain = controller("c1", "b1", ["door1"])
    trial = Town(town(c1=replace(plain, groups=tuple(replace(group, watched=()) for group in plain.groups))))
    trial.up("c1", "c2")
    trial.say("c1", {"fire_input": True})

    assert trial.released == {}
    assert trial.ask(name="lockdown", on=True) == "fire_input"
    assert trial.ask(name="reset_fire_latch") == "fire_input"


@pytest.mark.parametrize("silent", ["never heard", "stale", "lost", "bad"])
@pytest.mark.parametrize("which", ["c1", "c2"])
def test_a_latch_is_not_reset_while_a_panel_input_of_the_building_is_not_known_to_be_normal(
    silent: str, which: str
) -> None:
    trial = Town()
    other = "c2" if which == "c1" else "c1"
    trial.up(other) if silent == "never heard" else trial.up("c1", "c2")
    match silent:
        case "stale":
            trial.live(12, other)
        case "lost":
            trial.found(which, Link.LOST)
        case "bad":
            values, fault = (None,) * len(POINTS), Fault(Quality.BAD, "out of range")
            trial.take(Sample(which, 0, values, (fault,) * len(POINTS), trial.now.boottime_ns))

    assert trial.ask(name="reset_fire_latch") == "fire_unsure"


def test_the_latch_is_reset_only_after_a_person_has_reset_the_alarm_with_a_normal_panel() -> None:
    trial = Town()
    trial.up("c1", "c2")
    trial.say("c1", {"fire_input": True, "fire_release_latched": True})
    assert trial.ask(name="reset_fire_latch") == "fire_release"
    trial.say("c1", {"fire_input": False})
    assert trial.ask(name="reset_fire_latch") == "fire_release"
    number = trial.alarms["fire_input@c1/fire_input"].number
    trial.take(AckAlarm(STAFF, number))

    trial.take(ResetAlarm(STAFF, number, "went there"))

    assert trial.ask(name="reset_fire_latch") == ""
