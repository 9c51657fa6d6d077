from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.contract import WantedState
from gateway.decide.rules import Rule, Rules
from gateway.model import AckAlarm, Outcome, Place, Priority, ResetAlarm, Want
from tests.decide.bench_of_rules import STAFF, Trial, rules

FIRE = Rule("fire_input", Priority.P1, latching=True, releases=True)
CAN = frozenset({"fire_release"})


def compound(**buildings: str) -> Rules:
    """Devices by building; those whose name begins with x cannot release."""
    base = rules(FIRE, silent_seconds=None, devices=tuple(buildings))
    placed = {
        device: replace(
            base.devices[device],
            place=Place(building),
            wants=CAN if device[0] != "x" else frozenset(),
            groups=tuple(
                replace(group, watched=tuple(replace(w, place=Place(building)) for w in group.watched))
                for group in base.devices[device].groups
            ),
        )
        for device, building in buildings.items()
    }
    return replace(base, devices=placed)


def wanted(outcomes: list[Outcome] | tuple[Outcome, ...]) -> dict[str, object]:
    return {o.device: o.state.level for o in outcomes if isinstance(o, Want)}


def reset(trial: Trial) -> list[Outcome]:
    number = trial.judge.alarms[0].number
    trial.take(AckAlarm(STAFF, number))
    return trial.take(ResetAlarm(STAFF, number, "went there"))


def test_a_fire_input_releases_every_controller_of_its_building_and_no_other() -> None:
    trial = Trial(compound(d1="b1", d2="b1", d3="b2", x4="b1"))

    out = trial.sample(value=True)

    assert wanted(out) == {"d1": True, "d2": True}
    assert isinstance(out[0], Want), "doors come before people"
    assert out[0].state == WantedState("fire_release", True)


def test_a_device_that_belongs_to_no_building_releases_itself_alone() -> None:
    trial = Trial(compound(d1="", d2=""))

    assert wanted(trial.sample(value=True)) == {"d1": True}


def test_the_end_of_the_input_ends_nothing() -> None:
    trial = Trial(compound(d1="b1"))
    trial.sample(value=True)

    assert wanted(trial.sample(value=False)) == {}
    assert wanted(trial.wait(7_200)) == {}


def test_only_a_person_ends_it_and_not_while_the_input_is_active() -> None:
    trial = Trial(compound(d1="b1", d2="b1"))
    trial.sample(value=True)

    assert wanted(reset(trial)) == {}
    trial.sample(value=False)
    assert wanted(reset(trial)) == {"d1": None, "d2": None}


def test_a_second_fire_in_the_building_keeps_it_released() -> None:
    trial = Trial(compound(d1="b1", d2="b1"))
    trial.sample(value=True)
    trial.sample(value=True, device="d2")
    trial.sample(value=False)

    assert wanted(reset(trial)) == {}


@pytest.mark.parametrize("reboot", [False, True])
def test_it_is_said_again_after_a_restart(reboot: bool) -> None:  # noqa: FBT001 - the case
    trial = Trial(compound(d1="b1", d2="b1"))
    trial.sample(value=True)

    trial.restart(reboot=reboot)

    assert wanted(tuple(trial.judge.adopt(trial.rules, trial.now))) == {"d1": True, "d2": True}


def test_a_controller_that_a_reload_brings_into_a_released_building_is_told() -> None:
    trial = Trial(compound(d1="b1"))
    trial.sample(value=True)

    assert wanted(tuple(trial.judge.adopt(compound(d1="b1", d5="b1"), trial.now))) == {"d1": True, "d5": True}


def test_after_its_reset_it_is_forgotten() -> None:
    trial = Trial(compound(d1="b1"))
    trial.sample(value=True)
    trial.sample(value=False)
    reset(trial)

    trial.restart()

    assert wanted(tuple(trial.judge.adopt(trial.rules, trial.now))) == {}
