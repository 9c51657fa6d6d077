from __future__ import annotations

import pytest

from gateway.detecting import TakeDownSensor
from gateway.model import Priority
from tests.decide.detectors.estate import INSTALLER, LANDING, SMOKE, Estate

RISE = f"temperature_rise@{SMOKE}"


def warmed(readings: list[float], *, every: float = 60.0, device: str = SMOKE) -> Estate:
    """A detector that is heard with these temperatures."""
    trial = Estate(hung=(device,))
    for celsius in readings:
        trial.say(device, temperature=celsius)
        trial.wait(every)
    return trial


@pytest.mark.parametrize(
    ("readings", "every", "raised"),
    [
        pytest.param([20, 30, 40], 60, True, id="10 K a minute, heard once a minute"),
        pytest.param([20, 20, 20, 20, 30, 40], 60, True, id="after a long time at rest"),
        pytest.param([20, 27, 34, 41, 48], 60, False, id="7 K a minute"),
        pytest.param([20, 30, 20, 30, 20], 60, False, id="a sensor that stumbles"),
        pytest.param([20, 85, 20, 20], 60, False, id="one reading from nowhere"),
        pytest.param([20 + 0.15 * n for n in range(90)], 1, True, id="9 K a minute, heard every second"),
        pytest.param([20 + 0.1 * n for n in range(300)], 1, False, id="6 K a minute, heard every second"),
        pytest.param([20] + [20 + 0.02 * n for n in range(60)] + [25, 30, 35], 10, True, id="a fire after a sunny day"),
        pytest.param([20, 25, 30, 35], 180, False, id="heard seldom: who knows when it rose"),
        pytest.param([20 + 3 * n for n in range(6)] + [43, 52, 61], 60, True, id="a fire after a slow rise"),
        pytest.param([40, 30, 20], 60, False, id="it grows cold"),
    ],
)
def test_a_fast_rise_is_an_alarm_when_two_readings_show_it(
    readings: list[float], every: float, *, raised: bool
) -> None:
    trial = warmed(readings, every=every)

    assert (RISE in trial.alarms) is raised


def test_it_is_p1_where_nobody_cooks() -> None:
    trial = warmed([20, 30, 40], device=LANDING)

    assert trial.alarms[f"temperature_rise@{LANDING}"].priority is Priority.P1


def test_its_sentence_says_how_much_and_it_clears_when_the_rise_ends() -> None:
    trial = warmed([20, 32, 44])
    assert trial.alarms[RISE].why == "24 K warmer within 2 min, 44 degrees now"

    trial.say(SMOKE, temperature=44.5)
    trial.wait(60)
    trial.say(SMOKE, temperature=44.0)
    trial.wait(120)

    assert trial.standing("temperature_rise") == {SMOKE: "E"}


def test_another_sensor_is_not_measured_by_what_the_old_one_said() -> None:
    trial = warmed([20, 21])
    trial.take(TakeDownSensor(INSTALLER, SMOKE, "worn out"))
    trial.hang(SMOKE)

    for celsius in (45.0, 45.5, 46.0):
        trial.say(SMOKE, temperature=celsius)
        trial.wait(20)

    assert RISE not in trial.alarms


def test_an_unsure_reading_is_no_rise() -> None:
    trial = warmed([20])

    for celsius in (40.0, 60.0, 80.0):
        trial.say(SMOKE, temperature=celsius, unsure=["temperature"])
        trial.wait(60)

    assert RISE not in trial.alarms


def test_a_temperature_that_goes_on_rising_slowly_is_kept_only_while_it_does() -> None:
    trial = warmed([20, 21, 22, 20])

    assert trial.judge.detectors._rises._rising == {}
