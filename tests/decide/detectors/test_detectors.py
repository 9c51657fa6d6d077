"""How the parts of the judgement about detectors meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.contract import SENSORS, Stranger
from gateway.actor import Actor, Role
from gateway.detecting import BeginBatteryChange, BeginRound, EndWalkTest, ImportSensors, StockSensor, UndoInRound
from gateway.model import Recorded, Refused, StrangerSaid, Want
from tests.decide.bench_of_rules import STAFF
from tests.decide.detectors.estate import FLATS, GAS, INSTALLER, LANDING, PLACES, SMOKE, Estate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.contract import Json

NEW = "A4C1380000F0"


def wants(outcomes: Sequence[object]) -> dict[str, Json]:
    """What lines are to listen to, by line."""
    return {each.device: each.state.level for each in outcomes if isinstance(each, Want) and each.state.name == SENSORS}


def test_a_button_that_is_pressed_hangs_the_sensor_at_the_next_place_of_the_round() -> None:
    trial = Estate(hung=PLACES[1:])
    trial.take(ImportSensors(INSTALLER, (StockSensor(NEW, "smoke", "sealed"),)))
    trial.take(BeginRound(INSTALLER, (SMOKE,)))

    out = trial.press(NEW, "rx1")

    assert trial.state(SMOKE) == "unknown"
    assert wants(out)["air"]["mounted"][SMOKE]["address"] == NEW
    assert not [each for each in out if isinstance(each, StrangerSaid)]
    trial.say(SMOKE)
    assert trial.state(SMOKE) == "heard"


def test_undoing_it_leaves_the_place_unmounted() -> None:
    trial = Estate(hung=PLACES[1:])
    trial.take(ImportSensors(INSTALLER, (StockSensor(NEW, "smoke", "sealed"),)))
    trial.take(BeginRound(INSTALLER, (SMOKE,)))
    trial.press(NEW, "rx1")

    trial.take(UndoInRound(INSTALLER, "r1"))

    assert trial.state(SMOKE) == "unmounted"


def test_a_button_that_is_pressed_outside_of_any_round_is_no_news() -> None:
    trial = Estate()

    assert trial.press(NEW, "rx1") == []


def test_a_stranger_is_said_and_never_judged() -> None:
    trial = Estate()

    out = trial.take(Stranger("AABBCCDDEEFF", "BTHome", trial.now.boottime_ns, "rx1", -70))

    assert out == [StrangerSaid("AABBCCDDEEFF", "BTHome", "rx1", -70)]


def test_after_a_start_every_line_is_told_what_to_listen_to_and_nothing_is_news() -> None:
    trial = Estate()
    trial.beat(*PLACES)

    trial.said.clear()
    trial.restart(off_seconds=1)

    assert set(wants(trial.said)) == {"air", "far"}
    assert {trial.state(device) for device in PLACES} == {"unknown"}


def test_a_reading_act_of_the_wrong_role_is_refused_by_whom_it_concerns() -> None:
    trial = Estate()
    viewer = Actor("v", "v", Role.VIEWER)

    refused = [
        trial.take(act)
        for act in (
            BeginRound(viewer, (SMOKE,)),
            EndWalkTest(viewer, "w1"),
            BeginBatteryChange(viewer, SMOKE),
        )
    ]

    assert [[each.code for each in out if isinstance(each, Refused)] for out in refused] == [["role"]] * 3


def test_a_battery_change_is_closed_when_its_time_is_up_and_ends_with_the_new_battery() -> None:
    trial = Estate()
    trial.take(BeginBatteryChange(STAFF, SMOKE, 10))
    trial.take(BeginBatteryChange(STAFF, FLATS[1], 10))
    register = trial.judge.detectors.register

    out = trial.event(SMOKE, "battery_changed")
    assert [each.body["what"] for each in out if isinstance(each, Recorded)] == ["battery_changed"]
    assert register.battery_change_until_ns(SMOKE) == 0
    assert register.battery_change_until_ns(FLATS[1]) > 0
    trial.wait(601)

    assert register.battery_change_until_ns(FLATS[1]) == 0


def test_a_walk_test_that_nobody_ends_ends_by_itself() -> None:
    trial = Estate()
    trial.walk(SMOKE, minutes=5)

    trial.wait(301)

    assert not trial.judge.detectors.walk_tests.under_test(SMOKE)


def test_a_detector_whose_alarm_stood_before_a_restart_is_judged_by_its_first_word() -> None:
    trial = Estate()
    trial.say(SMOKE, smoke=True)

    trial.restart(off_seconds=1)
    trial.say(SMOKE, smoke=False)
    trial.wait(61)

    assert trial.standing("smoke") == {f"{SMOKE}/smoke": "E"}
    assert trial.announced == [f"smoke@{SMOKE}/smoke"] * 2, "the second time because nobody answered for a minute"


def test_a_delay_of_a_point_goes_on_over_a_restart_before_the_point_is_heard() -> None:
    trial = Estate()
    trial.say(SMOKE, battery_low=True)
    trial.wait(540)

    trial.restart(off_seconds=1)
    trial.wait(65)

    assert trial.standing("battery_low") == {f"{SMOKE}/battery_low": "B"}


def test_a_detector_on_a_landing_has_the_priorities_of_the_common_parts() -> None:
    trial = Estate()

    trial.say(SMOKE, smoke=True)
    trial.say(LANDING, smoke=True)

    assert trial.alarms[f"smoke@{SMOKE}/smoke"].priority == 2
    assert trial.alarms[f"smoke@{LANDING}/smoke"].priority == 1


def test_gas_that_is_measured_while_the_sensor_warms_up_raises_and_does_not_clear() -> None:
    trial = Estate()
    trial.say(GAS, gas_level=25.0, preheat=True, unsure=["gas_level"])
    assert set(trial.standing("gas_high").values()) == {"B"}

    trial.say(GAS, gas_level=0.0, unsure=["gas_level"])
    trial.wait(300)
    assert set(trial.standing("gas_high").values()) == {"B"}
    trial.say(GAS, gas_level=0.0, preheat=False)
    trial.wait(61)

    assert set(trial.standing("gas_high").values()) == {"E"}


@pytest.mark.parametrize("watched", [True, False])
def test_a_watch_on_a_point_sleeps_until_the_point_is_abnormal(*, watched: bool) -> None:
    trial = Estate()
    before = len(trial.judge._watches._awake)

    trial.say(SMOKE, smoke=watched, tamper=False, temperature=20.0)

    assert len(trial.judge._watches._awake) == before + watched
