"""What a restart changes about a silent sensor: nothing that anybody could notice."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from gateway.decide.detectors.counted import COUNTED
from gateway.detecting import TakeDownSensor
from gateway.model import AckAlarm
from tests.decide.bench_of_rules import STAFF
from tests.decide.detectors.estate import INSTALLER, PLACES, SMOKE, Estate

OTHERS = tuple(device for device in PLACES if device != SMOKE)


@dataclass(frozen=True)
class Kill:
    """How the process ends and comes back."""

    reboot: bool = False
    trusted: bool = True

    def __str__(self) -> str:
        return f"{'other' if self.reboot else 'same'} boot, clock {'trusted' if self.trusted else 'not trusted'}"


KILLS = [Kill(), Kill(trusted=False), Kill(reboot=True), Kill(reboot=True, trusted=False)]


def silent_through(kill: Kill, times: int, *, off_seconds: float, every: float, before: float = 0.0) -> Estate:
    """One sensor is removed; the gateway is killed so often, while the others go on."""
    trial = Estate()
    trial.live(120, *PLACES)
    trial.wait(before)
    for _ in range(times):
        trial.live(every, *OTHERS, every=min(every, 60.0))
        trial.restart(off_seconds=off_seconds, reboot=kill.reboot, trusted=kill.trusted)
        trial.beat(*OTHERS)
    return trial


@pytest.mark.parametrize("kill", KILLS, ids=str)
@pytest.mark.parametrize("before", [0.0, 29.0, 58.0])
def test_a_removed_sensor_is_an_alarm_at_its_deadline_through_five_restarts(kill: Kill, before: float) -> None:
    trial = silent_through(kill, 5, off_seconds=2.0, every=120.0, before=before)
    gone = before + 5 * 122.0
    uncounted = 5 * 2.0 if kill.reboot and not kill.trusted else 0.0

    trial.live(780.0 - gone, *OTHERS, every=10.0)
    assert trial.standing("detector_lost") == {}
    trial.live(960.0 + uncounted - 780.0, *OTHERS, every=10.0)  # one checkpoint later at most

    assert trial.standing("detector_lost") == {SMOKE: "B"}


@pytest.mark.parametrize("kill", KILLS, ids=str)
def test_an_alarm_that_stands_is_not_said_again_after_a_restart_and_ends_when_the_sensor_is_heard(kill: Kill) -> None:
    trial = silent_through(kill, 8, off_seconds=2.0, every=180.0)
    assert trial.state(SMOKE) == "lost"

    trial.live(600, *OTHERS)
    assert trial.announced.count(f"detector_lost@{SMOKE}") == 1
    trial.beat(SMOKE)

    assert trial.standing("detector_lost") == {SMOKE: "D"}


@pytest.mark.parametrize("trusted", [True, False])
def test_a_night_without_power_is_no_alarm_before_the_gateway_has_listened(*, trusted: bool) -> None:
    trial = Estate()
    trial.live(600, *PLACES)

    trial.restart(off_seconds=8 * 3600, reboot=True, trusted=trusted)
    assert {trial.state(device) for device in PLACES} == {"unknown"}
    trial.wait(170)
    assert trial.standing("detector_lost") == {}
    trial.beat(*OTHERS)
    trial.live(900, *OTHERS)

    assert trial.standing("detector_lost") == {SMOKE: "B"}
    assert {trial.state(device) for device in OTHERS} == {"heard"}


def test_after_a_night_without_power_with_a_good_clock_the_silent_one_is_urgent_once_it_had_its_time() -> None:
    trial = Estate()
    trial.live(600, *PLACES)
    trial.restart(off_seconds=8 * 3600, reboot=True)
    trial.beat(*OTHERS)

    trial.wait(175)
    assert trial.standing("detector_lost") == {}
    trial.live(60, *OTHERS)

    assert trial.alarms[f"detector_lost@{SMOKE}"].priority == 2
    assert trial.announced == [f"detector_lost@{SMOKE}"]
    trial.beat(SMOKE)
    trial.take(AckAlarm(STAFF, trial.alarms[f"detector_lost@{SMOKE}"].number))
    trial.live(960, *OTHERS)
    assert trial.alarms[f"detector_lost@{SMOKE}"].priority == 3


@pytest.mark.parametrize("kill", KILLS, ids=str)
def test_a_sensor_that_was_never_heard_is_counted_through_restarts_as_well(kill: Kill) -> None:
    trial = Estate(hung=(SMOKE,))
    for _ in range(5):
        trial.wait(120)
        trial.restart(off_seconds=2.0, reboot=kill.reboot, trusted=kill.trusted)
    assert trial.state(SMOKE) == "unknown"

    trial.wait(360)

    assert trial.standing("detector_lost") == {SMOKE: "B"}
    assert trial.alarms[f"detector_lost@{SMOKE}"].why.startswith("not heard since it was hung up")


def test_a_sensor_that_was_hung_up_just_before_a_restart_was_never_heard_after_it() -> None:
    trial = Estate(hung=(SMOKE,))
    trial.wait(70)

    trial.restart(off_seconds=1)
    trial.wait(840)

    assert trial.alarms[f"detector_lost@{SMOKE}"].why.startswith("not heard since it was hung up")


def test_one_that_was_heard_before_is_late_again_after_a_restart_not_unknown_for_ever() -> None:
    trial = silent_through(Kill(), 1, off_seconds=1.0, every=120.0)
    assert trial.state(SMOKE) == "unknown"

    trial.live(180, *OTHERS)

    assert trial.state(SMOKE) == "late"


def test_a_gateway_that_dies_before_every_checkpoint_still_counts_what_it_can() -> None:
    trial = Estate()
    trial.live(120, *PLACES)

    for _ in range(40):  # 40 lives of 50 s: no checkpoint is ever reached
        trial.restart(off_seconds=1.0)
        trial.live(50, *OTHERS, every=10.0)
    trial.live(240, *OTHERS)

    assert trial.standing("detector_lost") == {SMOKE: "B"}


def test_a_slow_product_is_not_noted_at_every_beat_and_loses_one_checkpoint_at_most() -> None:
    trial = Estate(hung=(SMOKE,), product="slow-smoke")
    trial.beat(SMOKE)
    trial.wait(400)

    trial.restart(off_seconds=1.0)
    trial.wait(3_060 - 401)

    assert trial.standing("detector_lost") == {SMOKE: "B"}


def test_what_was_remembered_of_a_sensor_that_hangs_nowhere_any_more_is_forgotten() -> None:
    trial = silent_through(Kill(), 1, off_seconds=1.0, every=120.0)

    trial.take(TakeDownSensor(INSTALLER, SMOKE, "broken"))
    trial.restart(off_seconds=1.0)
    trial.live(1_800, *OTHERS)

    assert trial.state(SMOKE) == "unmounted"
    assert trial.standing("detector_lost") == {}


def test_the_two_clocks_are_written_each_minute() -> None:
    trial = Estate()
    trial.wait(61)
    first = trial.disk[COUNTED]

    trial.wait(60)

    assert trial.disk[COUNTED]["passed"] - first["passed"] == 60_000_000_000
    assert trial.disk[COUNTED]["listened"] == trial.disk[COUNTED]["passed"]
