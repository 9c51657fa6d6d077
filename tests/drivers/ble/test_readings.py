"""What accepted packets leave behind: values, and how far they can be believed."""

from __future__ import annotations

import pytest

from drivers.ble.kinds import CONDITION, GROUPS, SAFETY
from drivers.ble.readings import (
    CHANGED,
    CONDITION_CHANGED,
    NOT_PROVED,
    NOT_SAID,
    NOTHING,
    SUPPLY_CHANGED,
    URGENT,
    WARMING_UP,
    Readings,
)
from drivers.ble.signals import RECENT_NS, Signal
from drivers.contract import Fault, Quality

SMOKE, TEMPERATURE, TAMPER = (SAFETY, 0), (SAFETY, 2), (SAFETY, 3)
LOW, BATTERY, HUMIDITY = (CONDITION, 0), (CONDITION, 1), (CONDITION, 3)
SECOND = 1_000_000_000


@pytest.mark.parametrize("kind", GROUPS)
def test_before_anything_was_said_there_is_no_value(kind: str) -> None:
    readings = Readings(kind, keyed=True)

    assert set(readings.safety) == set(readings.condition) == {None}
    assert set(readings.safety_faults or ()) == set(readings.condition_faults or ()) == {NOT_SAID}


def test_what_a_packet_does_not_speak_of_stays() -> None:
    readings = Readings("smoke", keyed=True)
    readings.take({SMOKE: True, TEMPERATURE: 21.5})

    change = readings.take({TEMPERATURE: 22.0})

    assert change == CHANGED
    assert (readings.safety[0], readings.safety[2], readings.alarming) == (True, 22.0, True)


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ([{SMOKE: False}], CHANGED),  # the first "no" is no news
        ([{SMOKE: True}], CHANGED | URGENT),
        ([{SMOKE: False}, {SMOKE: True}], CHANGED | URGENT),
        ([{SMOKE: True}, {SMOKE: False}], CHANGED | URGENT),
        ([{SMOKE: False}, {SMOKE: False, TAMPER: True}], CHANGED | URGENT),
        ([{SMOKE: False}, {SMOKE: False, BATTERY: 50.0}], CONDITION_CHANGED | SUPPLY_CHANGED),
        ([{SMOKE: False}, {SMOKE: False, HUMIDITY: 50.0}], CONDITION_CHANGED),
        ([{SMOKE: True}, {SMOKE: True}], NOTHING),
        ([{SMOKE: True}, {BATTERY: 5.0}, {SMOKE: True}], NOTHING),
    ],
)
def test_what_changed_is_told(said: list[dict[tuple[int, int], bool | float]], change: int) -> None:
    readings = Readings("smoke", keyed=True)

    assert [readings.take(each) for each in said][-1] == change


def test_unchanged_groups_are_the_same_tuples() -> None:
    readings = Readings("smoke", keyed=True)
    readings.take({SMOKE: False, BATTERY: 90.0})
    safety, faults = readings.safety, readings.safety_faults

    readings.take({SMOKE: False, BATTERY: 89.0})

    assert readings.safety is safety
    assert readings.safety_faults is faults


def test_the_noise_of_a_thermometer_is_no_change() -> None:
    readings = Readings("smoke", keyed=True)
    readings.take({SMOKE: False, TEMPERATURE: 20.0})
    safety = readings.safety

    said = [readings.take({SMOKE: False, TEMPERATURE: each}) for each in (20.3, 19.6, 20.49, 20.5)]

    assert said == [NOTHING, NOTHING, NOTHING, CHANGED]
    assert safety[2] == 20.0
    assert readings.safety[2] == 20.5


def test_the_least_change_of_gas_counts() -> None:
    readings = Readings("gas", keyed=True)
    level = (SAFETY, 1)
    readings.take({level: 9.9})

    assert readings.take({level: 10.0}) == CHANGED


def test_a_value_that_cannot_be_true_takes_the_place_of_the_last_one() -> None:
    wrong = Fault(Quality.BAD, "out of range")
    readings = Readings("smoke", keyed=True)
    readings.take({SMOKE: False, TEMPERATURE: 20.0})

    change = readings.take({SMOKE: False, TEMPERATURE: wrong})
    faults = readings.safety_faults
    readings.take({SMOKE: False, TEMPERATURE: 20.0})

    assert change == CHANGED
    assert faults is not None
    assert faults[2] == wrong
    assert readings.safety[2] == 20.0
    assert readings.safety_faults is not None
    assert readings.safety_faults[2] is None


def test_while_it_warms_up_what_it_measures_is_uncertain_and_nothing_else() -> None:
    readings = Readings("gas", keyed=True)
    keys = [point.key for point in GROUPS["gas"][SAFETY].points]
    preheat = (SAFETY, keys.index("preheat"))
    all_said = {(SAFETY, index): False for index in range(len(keys))}

    readings.take({**all_said, preheat: True})
    warm = readings.safety_faults
    readings.take(all_said)

    assert warm is not None
    assert {key for key, fault in zip(keys, warm, strict=True) if fault is WARMING_UP} == {"gas", "gas_level"}
    assert readings.safety_faults is None


def test_without_a_key_everything_is_uncertain() -> None:
    readings = Readings("heat", keyed=False)
    readings.take({(SAFETY, 0): True})

    assert readings.safety_faults is not None
    assert readings.safety_faults[0] is NOT_PROVED
    assert readings.alarming


# ---------------------------------------------------------------- the signal


def test_one_loud_packet_moves_nothing() -> None:
    signal = Signal()
    signal.hear("rx1", -70, 0)
    first = signal.news(0)

    signal.hear("rx1", -45, SECOND)

    assert first == (-70, "rx1")
    assert signal.news(SECOND) is None


def test_a_lasting_change_is_told() -> None:
    signal = Signal()
    for number in range(40):
        signal.hear("rx1", -60 if number < 2 else -80, number * SECOND)
        if number == 1:
            signal.news(number * SECOND)

    news = signal.news(40 * SECOND)

    assert news is not None
    assert -80 <= news[0] < -75


def test_a_loudness_that_was_not_told_counts_as_none() -> None:
    signal = Signal()
    signal.hear("rx1", -60, 0)
    signal.hear("rx1", 0, SECOND)
    signal.hear("rx2", 0, SECOND)

    assert signal.news(SECOND) == (-60, "rx1")


def test_whom_nobody_heard_lately_nobody_hears_best() -> None:
    signal = Signal()
    signal.hear("rx1", -60, 0)

    assert signal.news(RECENT_NS + 1) is None
    assert set(signal.heard_by(2 * RECENT_NS)) == {"rx1"}
    assert set(signal.heard_by(2 * RECENT_NS + 1)) == set()
