from __future__ import annotations

import math

import pytest

from gateway.decide.detectors.co_dose import minutes_to_alarm
from gateway.detecting import TakeDownSensor
from gateway.model import AckAlarm, Priority, ResetAlarm
from tests.decide.bench_of_rules import STAFF
from tests.decide.detectors.estate import CO, INSTALLER, Estate, estate

DOSE = f"co_dose@{CO}"


def breathing(ppm: float) -> Estate:
    """The CO detector measures that much from now on."""
    trial = Estate(hung=(CO,))
    trial.say(CO, co_level=0.0)
    trial.say(CO, co_level=ppm)
    return trial


@pytest.mark.parametrize(
    ("ppm", "earliest", "latest"),
    [(50, 60, 90), (70, 43, 45), (100, 10, 40), (200, 4, 4.5), (300, 1, 3), (600, 0.5, 1), (35, 150, 155)],
)
def test_a_concentration_is_an_alarm_within_the_times_of_en_50291(ppm: float, earliest: float, latest: float) -> None:
    trial = breathing(ppm)

    trial.live(earliest * 60, CO, every=30)
    assert trial.standing("co_dose") == {}
    trial.live((latest - earliest) * 60, CO, every=30)

    assert trial.standing("co_dose") == {CO: "B"}
    assert trial.alarms[DOSE].priority is Priority.P1
    assert trial.alarms[DOSE].why == f"{ppm} ppm of CO, for as long as it takes"


def test_30_ppm_are_no_alarm_within_two_hours_nor_later() -> None:
    trial = breathing(30.0)

    trial.live(9_000, CO)

    assert trial.standing("co_dose") == {}
    assert math.isinf(minutes_to_alarm(34.9))


def test_the_time_to_an_alarm_has_no_step_where_its_pieces_meet() -> None:
    for ppm in (50.0, 100.0, 300.0):
        assert minutes_to_alarm(ppm - 0.001) == pytest.approx(minutes_to_alarm(ppm + 0.001), rel=1e-4)


def test_fresh_air_takes_the_dose_down_again() -> None:
    trial = breathing(100.0)
    trial.live(15 * 60, CO)

    trial.say(CO, co_level=5.0)
    trial.live(60 * 60, CO)
    trial.say(CO, co_level=100.0)
    trial.live(18 * 60, CO)
    assert trial.standing("co_dose") == {}
    trial.live(3 * 60, CO)

    assert trial.standing("co_dose") == {CO: "B"}


def test_the_alarm_stands_until_there_is_less_than_30_ppm_and_then_waits_for_a_person() -> None:
    trial = breathing(300.0)
    trial.live(180, CO)

    trial.say(CO, co_level=32.0)
    trial.live(600, CO)
    assert trial.standing("co_dose") == {CO: "B"}
    trial.say(CO, co_level=29.0)
    assert trial.standing("co_dose") == {CO: "E"}
    number = trial.alarms[DOSE].number
    trial.take(AckAlarm(STAFF, number))
    trial.take(ResetAlarm(STAFF, number, "windows open"))

    assert trial.standing("co_dose") == {}


def test_a_dose_is_never_more_than_an_alarm_so_that_fresh_air_ends_it_in_time() -> None:
    trial = breathing(1_000.0)

    trial.live(600, CO)

    assert trial.judge.detectors.dose(CO) == 1.0


def test_what_a_sensor_measures_while_it_warms_up_raises_and_never_lowers() -> None:
    trial = breathing(300.0)
    trial.live(80, CO, every=10)

    trial.say(CO, co_level=0.0, unsure=["co_level"])
    trial.live(600, CO)
    trial.say(CO, co_level=300.0, unsure=["co_level"])
    trial.live(20, CO, every=10)
    assert trial.standing("co_dose") == {CO: "B"}
    trial.say(CO, co_level=0.0, unsure=["co_level"])

    assert trial.standing("co_dose") == {CO: "B"}
    trial.say(CO, co_level=0.0)
    assert trial.standing("co_dose") == {CO: "E"}


def test_a_bad_value_says_nothing() -> None:
    trial = breathing(0.0)

    trial.say(CO, co_level=900.0, bad=["co_level"])
    trial.live(600, CO)

    assert trial.standing("co_dose") == {}
    assert trial.judge.detectors.dose(CO) == 0.0


def test_a_silent_sensor_adds_to_the_dose_no_longer_than_its_word_holds() -> None:
    trial = breathing(100.0)

    trial.wait(3_600)

    assert trial.judge.detectors.dose(CO) == pytest.approx(3 / 25, abs=0.01)


@pytest.mark.parametrize("reboot", [False, True])
def test_the_dose_survives_a_restart_and_stays_what_it_was_until_the_sensor_is_heard(*, reboot: bool) -> None:
    trial = breathing(100.0)
    trial.live(20 * 60, CO)

    trial.restart(off_seconds=3_600, reboot=reboot)
    trial.wait(600)
    assert trial.judge.detectors.dose(CO) == pytest.approx(20 / 25, abs=0.05)
    trial.say(CO, co_level=100.0)
    trial.live(6 * 60, CO)

    assert trial.standing("co_dose") == {CO: "B"}


def test_a_dose_that_is_gone_is_remembered_no_longer() -> None:
    trial = breathing(50.0)
    trial.live(120, CO)
    assert "co_doses" in trial.disk

    trial.say(CO, co_level=0.0)
    trial.live(10_000, CO)

    assert "co_doses" not in trial.disk


def test_another_sensor_at_the_place_begins_without_a_dose() -> None:
    trial = breathing(100.0)
    trial.live(20 * 60, CO)

    trial.take(TakeDownSensor(INSTALLER, CO, "worn out"))

    assert trial.judge.detectors.dose(CO) == 0.0


def test_a_place_that_leaves_the_configuration_takes_its_dose_along() -> None:
    trial = breathing(100.0)
    trial.live(20 * 60, CO)

    trial._keep(trial.judge.adopt(estate(without=[CO]), trial.now))
    trial.wait(5)

    assert trial.judge.detectors.dose(CO) == 0.0
