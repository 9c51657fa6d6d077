"""What makes a fire of a building, and what does not (domain 4.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Fault, Quality
from gateway.decide.sparing import Sparing
from gateway.model import Priority, Suppression
from tests.decide.fires.quarter import (
    ABOVE,
    CO,
    FIRE,
    GAS,
    HEAT,
    LANDING,
    NEXT,
    SMOKE,
    Quarter,
    quarter,
    smoke,
)

if TYPE_CHECKING:
    from gateway.decide.rules import Rules

OUT = Sparing(Suppression.OUT_OF_SERVICE, "two persons", "paint", 0.0)


def without_standing() -> Rules:
    """A site where no single detector of a flat confirms."""
    rules = quarter()[0]
    return replace(rules, fires=replace(rules.fires, standing_seconds=None))


def test_smoke_in_one_flat_moves_nothing() -> None:
    trial = Quarter()

    trial.say(SMOKE, smoke=True)

    assert FIRE not in trial.alarms
    assert trial.released == set()
    assert trial.stopped == set()


@pytest.mark.parametrize(
    ("evidence", "why"),
    [
        ([(LANDING, {"smoke": True})], "smoke where nobody lives"),
        ([(SMOKE, {"smoke": True}), (NEXT, {"smoke": True})], "smoke in 2 rooms"),
        ([(SMOKE, {"smoke": True}), (HEAT, {"heat": True})], "heat at"),
        ([(HEAT, {"heat": True}), (ABOVE, {"smoke": True})], "heat at"),
        ([(SMOKE, {"smoke": True}), (SMOKE, {"temperature": 60.0})], "heat at"),
        ([(SMOKE, {"smoke": True}), (CO, {"co": True})], "co at"),
        ([("pile1", {"smoke": True})], "smoke where nobody lives"),
    ],
)
def test_enough_evidence_confirms_a_fire_with_all_that_follows(
    evidence: list[tuple[str, dict[str, bool]]], why: str
) -> None:
    trial = Quarter()

    for device, shows in evidence[:-1]:
        trial.say(device, **shows)
        assert FIRE not in trial.alarms
    trial.say(evidence[-1][0], **evidence[-1][1])

    assert why in trial.alarms[FIRE].why
    assert trial.alarms[FIRE].priority is Priority.P1
    assert trial.released == {"d1"}
    assert trial.stopped == {"pile1"}


@pytest.mark.parametrize(
    "evidence",
    [
        [(HEAT, {"heat": True}), ("b1-1-102-heat", {"heat": True})],
        [(HEAT, {"heat": True}), (CO, {"co": True})],
        [(SMOKE, {"smoke": True}), (GAS, {"gas": True})],
        [(SMOKE, {"smoke": True}), ("b2-1-101-smoke", {"smoke": True})],
        [(CO, {"co": True}), (GAS, {"gas": True})],
    ],
)
def test_other_evidence_does_not(evidence: list[tuple[str, dict[str, bool]]]) -> None:
    trial = Quarter()

    for device, shows in evidence:
        trial.say(device, **shows)
    trial.wait(30)

    assert "fire_confirmed" not in {alarm.rule for alarm in trial.alarms.values()}
    assert trial.released == set()


@pytest.mark.parametrize(("apart", "confirmed"), [(179, True), (181, False)])
def test_two_smokes_count_together_within_three_minutes_of_their_raises(apart: float, *, confirmed: bool) -> None:
    trial = Quarter()
    trial.say(SMOKE, smoke=True)
    trial.say(SMOKE, smoke=False)

    trial.wait(apart)
    trial.say(NEXT, smoke=True)

    assert (FIRE in trial.alarms) is confirmed


def test_smoke_that_still_stands_counts_however_old_it_is() -> None:
    trial = Quarter(rules=without_standing())
    trial.say(SMOKE, smoke=True)
    trial.live(1_020)
    assert FIRE not in trial.alarms

    trial.say(NEXT, smoke=True)

    assert FIRE in trial.alarms


def test_two_alarms_of_one_flat_are_no_two_rooms() -> None:
    trial = Quarter(rules=quarter("rules:\n  smoke_too: {meaning: smoke_alarm, priority: 2}\n")[0])

    trial.say(SMOKE, smoke=True)

    assert f"smoke_too@{SMOKE}/smoke" in trial.alarms
    assert FIRE not in trial.alarms


def test_a_fire_panel_acts_by_its_own_row_and_is_one_alarm() -> None:
    trial = Quarter()

    trial.say("d2", fire_input=True)

    assert trial.released == {"d2"}
    assert "fire_confirmed@building:b2" not in trial.alarms, "one cause, one alarm"


def test_sensors_of_the_same_floor_that_are_lost_together_confirm_a_smoke() -> None:
    trial = Quarter(rules=without_standing())
    others = [device for device in trial.rules.devices if device.startswith(("b1-1-2", "b2-", "b3-"))]
    trial.say(SMOKE, smoke=True)
    trial.live(840, SMOKE, *others)
    assert FIRE not in trial.alarms

    trial.live(120, SMOKE, *others)

    assert "sensors of that floor were lost" in trial.alarms[FIRE].why


def test_sensors_of_another_floor_that_are_lost_confirm_nothing() -> None:
    trial = Quarter(rules=without_standing())
    others = [device for device in trial.rules.devices if device.startswith(("b1-1-2", "b1-1-f2", "b2-", "b3-"))]
    trial.say(ABOVE, smoke=True)

    trial.live(1_200, *others)

    assert "detector_lost" in {alarm.rule for alarm in trial.alarms.values()}
    assert FIRE not in trial.alarms


@pytest.mark.parametrize("key", [smoke(SMOKE), f"unverified_alarm@{SMOKE}"])
def test_a_person_on_site_confirms_at_once(key: str) -> None:
    trial = Quarter()
    trial.say(SMOKE, smoke=True)
    trial.unverified(SMOKE)

    trial.verify(key, real=True)

    assert trial.alarms[FIRE].why.startswith("seen on site")
    assert trial.released == {"d1"}


def test_a_person_who_confirms_gas_or_a_forced_door_confirms_no_fire() -> None:
    trial = Quarter()
    trial.say(GAS, gas=True)
    trial.say("d1", door1__forced=True)
    [forced] = [alarm.key for alarm in trial.alarms.values() if alarm.rule == "door_forced"]

    trial.verify(f"gas@{GAS}/gas", real=True)
    trial.verify(forced, real=True)

    assert FIRE not in trial.alarms


def test_a_packet_that_nothing_proves_is_evidence_of_nothing() -> None:
    trial = Quarter()
    trial.unverified(NEXT)

    trial.say(SMOKE, smoke=True)
    trial.wait(100)

    assert FIRE not in trial.alarms


def test_smoke_of_a_detector_under_test_is_none_until_it_is_too_long_to_be_a_test() -> None:
    trial = Quarter()
    trial.walk(LANDING)

    trial.say(LANDING, smoke=True)
    trial.wait(179)
    assert FIRE not in trial.alarms
    trial.wait(2)

    assert FIRE in trial.alarms


def test_another_detector_is_in_earnest_while_one_is_tested() -> None:
    trial = Quarter()
    trial.walk(SMOKE)

    trial.say(LANDING, smoke=True)

    assert trial.released == {"d1"}


def test_a_detector_that_is_out_of_service_is_no_evidence() -> None:
    trial = Quarter()
    trial.judge._watches.book.out_of_service = lambda device: OUT if device == LANDING else None

    trial.say(LANDING, smoke=True)

    assert trial.alarms[smoke(LANDING)].suppression is Suppression.OUT_OF_SERVICE
    assert trial.released == set()


def test_it_is_over_when_nothing_shows_fire_any_more_and_stays_until_a_person_resets_it() -> None:
    trial = Quarter()
    trial.say(LANDING, smoke=True)
    trial.say(SMOKE, smoke=True)
    trial.say(LANDING, smoke=False)
    trial.wait(120)
    assert trial.alarms[FIRE].active

    trial.say(SMOKE, smoke=False)
    trial.wait(62)

    assert trial.alarms[FIRE].state.value == "E"
    assert trial.released == {"d1"}
    trial.reset(FIRE)
    assert trial.released == set()


def test_what_a_person_has_reset_speaks_for_nothing_any_more() -> None:
    trial = Quarter()
    trial.say(LANDING, smoke=True)
    trial.say(LANDING, smoke=False)
    trial.wait(62)
    trial.reset(FIRE)

    trial.say(SMOKE, smoke=True)

    assert FIRE not in trial.alarms


def test_a_fire_that_a_panel_shows_is_not_over_while_it_shows_it() -> None:
    trial = Quarter()
    trial.say("d1", fire_input=True)
    trial.say(LANDING, smoke=True)
    trial.say(LANDING, smoke=False)

    trial.wait(120)

    assert trial.alarms[FIRE].active


@pytest.mark.parametrize("reboot", [False, True])
def test_evidence_is_counted_over_a_restart(*, reboot: bool) -> None:
    trial = Quarter()
    trial.say(SMOKE, smoke=True)
    trial.say(SMOKE, smoke=False)
    trial.wait(100)

    trial.restart(reboot=reboot, off_seconds=20)
    trial.say(NEXT, smoke=True)

    assert FIRE in trial.alarms


def test_a_value_that_is_not_sure_confirms_nobody_by_standing() -> None:
    trial = Quarter()
    trial.say(SMOKE, smoke=True)
    group = trial.judge._known.groups[SMOKE, 0]
    assert group.values is not None
    group.faults = tuple(Fault(Quality.UNCERTAIN, "old key") for _ in group.values)

    trial.wait(400)

    assert FIRE not in trial.alarms
