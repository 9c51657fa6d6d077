"""What detectors need of people: batteries, an end of life, a receiver that hears them better."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.decide.detectors.batteries import OVERDUE_DAYS
from gateway.decide.detectors.register import YEAR_SECONDS
from gateway.detecting import TakeDownSensor
from gateway.model import AlarmChanged, Change
from tests.decide.bench_of_rules import START
from tests.decide.detectors.estate import FLATS, INSTALLER, LANDING, SMOKE, Estate, estate

DAY = 86400
OVERDUE, LIFE, WEAK = f"battery_overdue@{SMOKE}", f"end_of_life@{SMOKE}", f"signal_weak@{SMOKE}"


def later(trial: Estate, days: float) -> None:
    """Days go by in which nothing is said; the sensor beats at their end."""
    trial.now = trial.now._replace(
        boottime_ns=trial.now.boottime_ns + int(days * DAY * 1e9), utc=trial.now.utc + days * DAY
    )
    trial.wait(1)
    trial.beat(*trial.hung)


# ---------------------------------------------------------------- batteries


def test_a_battery_that_nobody_changes_for_a_week_is_an_alarm_until_somebody_does() -> None:
    trial = Estate(hung=(SMOKE,))
    trial.say(SMOKE, battery_low=True)

    later(trial, OVERDUE_DAYS - 0.1)
    assert OVERDUE not in trial.alarms
    later(trial, 0.2)
    assert trial.alarms[OVERDUE].why == "its battery has been low for 7 days"
    trial.say(SMOKE, battery_low=False)

    assert trial.standing("battery_overdue") == {SMOKE: "D"}


def test_a_battery_that_is_low_anew_has_its_week_anew() -> None:
    trial = Estate(hung=(SMOKE,))
    trial.say(SMOKE, battery_low=True)
    later(trial, 5)
    trial.say(SMOKE, battery_low=False)
    trial.say(SMOKE, battery_low=True)

    later(trial, 3)

    assert OVERDUE not in trial.alarms


@pytest.mark.parametrize("reboot", [False, True])
def test_the_week_goes_on_over_restarts(*, reboot: bool) -> None:
    trial = Estate(hung=(SMOKE,))
    trial.say(SMOKE, battery_low=True)
    later(trial, 4)
    trial.wait(60)

    trial.restart(off_seconds=DAY, reboot=reboot)
    later(trial, 2.1)

    assert OVERDUE in trial.alarms


def test_a_low_battery_of_a_sensor_that_is_taken_down_is_forgotten() -> None:
    trial = Estate(hung=(SMOKE,))
    trial.say(SMOKE, battery_low=True)

    trial.take(TakeDownSensor(INSTALLER, SMOKE, "empty"))
    trial.hang(SMOKE)
    later(trial, 8)

    assert OVERDUE not in trial.alarms
    assert "batteries_low" not in trial.disk


def test_a_battery_of_which_nothing_sure_is_said_is_as_it_was() -> None:
    trial = Estate(hung=(SMOKE,))
    trial.say(SMOKE, battery_low=True)

    trial.say(SMOKE, battery_low=False, unsure=["battery_low"])
    later(trial, 8)

    assert OVERDUE in trial.alarms


def test_low_batteries_of_places_that_left_the_configuration_are_nobodys() -> None:
    trial = Estate(hung=(SMOKE, LANDING))
    trial.say(SMOKE, battery_low=True)

    trial._keep(trial.judge.adopt(estate(without=[SMOKE]), trial.now))
    later(replace_hung(trial, LANDING), 8)

    assert OVERDUE not in trial.alarms


def replace_hung(trial: Estate, *hung: str) -> Estate:
    """Only these are heard from now on."""
    trial.hung = hung
    return trial


# ---------------------------------------------------------------- the end of a life


@pytest.mark.parametrize(
    ("days_left", "why"),
    [
        (61.0, ""),
        (59.0, "its life ends within 60 days, on 2037-01-14"),
        (29.0, "its life ends within 30 days, on 2037-01-14"),
        (-1.0, "its life ended on 2037-01-14"),
    ],
)
def test_the_end_of_a_sensors_life_is_told_before_it_comes(days_left: float, why: str) -> None:
    trial = Estate(hung=(SMOKE,))

    later(trial, 10 * YEAR_SECONDS / DAY - days_left)

    assert trial.alarms[LIFE].why if why else LIFE not in trial.alarms
    if why:
        assert trial.alarms[LIFE].why == why


def test_it_is_told_again_at_30_days_and_at_the_end_and_not_in_between() -> None:
    trial = Estate(hung=(SMOKE,))
    later(trial, 10 * YEAR_SECONDS / DAY - 61)

    for _ in range(70):
        later(trial, 1)

    told = [each for each in trial.said if isinstance(each, AlarmChanged) and each.announce and each.alarm.key == LIFE]
    assert [each.change for each in told] == [Change.RAISED, Change.UPDATED, Change.UPDATED]


def test_a_new_sensor_has_its_life_before_it() -> None:
    trial = Estate(hung=(SMOKE,))
    later(trial, 10 * YEAR_SECONDS / DAY)
    assert LIFE in trial.alarms

    trial.take(TakeDownSensor(INSTALLER, SMOKE, "too old", gone=True))

    assert trial.standing("end_of_life") == {SMOKE: "D"}


def test_a_clock_that_is_not_to_be_believed_ends_no_life() -> None:
    trial = Estate(hung=(SMOKE,))
    trial.now = trial.now._replace(trusted=False)

    later(trial, 10 * YEAR_SECONDS / DAY)

    assert LIFE not in trial.alarms


def test_a_sensor_that_was_hung_up_by_an_untrusted_clock_has_no_known_end() -> None:
    trial = Estate(now=START._replace(trusted=False), hung=(SMOKE,))
    trial.now = trial.now._replace(trusted=True)

    later(trial, 11 * YEAR_SECONDS / DAY)

    assert LIFE not in trial.alarms


# ---------------------------------------------------------------- signal


def test_a_sensor_that_is_hardly_heard_for_an_hour_is_an_alarm_until_it_is_heard_well() -> None:
    trial = Estate(hung=(SMOKE,))
    trial.say(SMOKE, signal=-91, heard_by="rx1")

    trial.live(3_540, SMOKE)
    assert WEAK not in trial.alarms
    trial.live(120, SMOKE)
    assert trial.alarms[WEAK].why == "heard with -91 dBm by rx1"
    trial.say(SMOKE, signal=-88)
    trial.live(3_720, SMOKE)
    assert trial.standing("signal_weak") == {SMOKE: "B"}
    trial.say(SMOKE, signal=-86)
    trial.live(3_720, SMOKE)

    assert trial.standing("signal_weak") == {SMOKE: "D"}


def test_a_signal_that_recovers_within_the_hour_was_no_alarm() -> None:
    trial = Estate(hung=(SMOKE,))
    trial.say(SMOKE, signal=-95)
    trial.live(1_800, SMOKE)

    trial.say(SMOKE, signal=-70)
    trial.live(3_600, SMOKE)

    assert WEAK not in trial.alarms


def test_the_hour_of_a_weak_signal_goes_on_over_a_restart() -> None:
    trial = Estate(hung=(SMOKE,))
    trial.say(SMOKE, signal=-95)
    trial.live(1_800, SMOKE)

    trial.restart(off_seconds=1)
    trial.beat(SMOKE)
    trial.live(1_860, SMOKE)

    assert WEAK in trial.alarms


def test_a_new_sensor_is_not_as_faint_as_the_old_one() -> None:
    trial = Estate(hung=FLATS[:1])
    trial.say(SMOKE, signal=-91)
    trial.live(3_660, SMOKE)

    trial.take(TakeDownSensor(INSTALLER, SMOKE, "faint"))
    trial.hang(SMOKE)
    trial.say(SMOKE, signal=-88)
    trial.live(3_660, SMOKE)

    assert trial.standing("signal_weak") == {SMOKE: "D"}


def test_what_is_weak_is_what_the_product_says() -> None:
    deaf = {"smoke": replace(estate().sensors["smoke"], weak_dbm=-80)}
    trial = Estate(estate(products=deaf), hung=(SMOKE,))
    trial.say(SMOKE, signal=-81)

    trial.live(3_660, SMOKE)

    assert WEAK in trial.alarms
