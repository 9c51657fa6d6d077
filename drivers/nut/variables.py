"""From a server's variables to the values of the points. Pure; their names are those of NUT (its docs/nut-names.txt).

A power supply tells what its maker built in. What it does not tell is bad by name, and its other points are none the worse for
it.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final, TypeAlias

from drivers.contract import Fault, Group, Kind, Pace, Point, Quality, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

Answer: TypeAlias = tuple[tuple[Value, ...], tuple[Fault | None, ...] | None]
"""Values in the order of `POINTS`, and the faults beside them; None when all are good."""

NOT_TOLD: Final = Fault(Quality.BAD, "not told")
NO_NUMBER: Final = Fault(Quality.BAD, "no number")
OUT_OF_RANGE: Final = Fault(Quality.BAD, "out of range")

STATUS: Final = "ups.status"
"""Words with spaces between them: OL on line, OB on battery, LB battery low, RB replace the battery, OVER overloaded."""

_FLAGS: Final = {"battery_low": "LB", "replace_battery": "RB", "overloaded": "OVER"}

_NUMBERS: Final = {
    "battery_level": "battery.charge",
    "battery_runtime": "battery.runtime",
    "load": "ups.load",
    "input_voltage": "input.voltage",
    "battery_voltage": "battery.voltage",
    "temperature": "ups.temperature",
}

POINTS: Final = (
    Point("on_battery", Kind.BOOLEAN, meaning="mains_fail", pace=Pace.FAST),
    Point("battery_low", Kind.BOOLEAN, meaning="battery_low", pace=Pace.FAST),
    Point("replace_battery", Kind.BOOLEAN),
    Point("overloaded", Kind.BOOLEAN),
    Point("battery_level", Kind.REAL, "%", "battery_level", low=0, high=100, deadband=1),
    Point("battery_runtime", Kind.REAL, "s", "battery_runtime", low=0, high=1e7, deadband=30),
    Point("load", Kind.REAL, "%", "load", low=0, high=300, deadband=1),
    Point("input_voltage", Kind.REAL, "V", "voltage", low=0, high=1000, deadband=1),
    Point("battery_voltage", Kind.REAL, "V", "battery_voltage", low=0, high=1000, deadband=0.2),
    Point("temperature", Kind.REAL, "Cel", "temperature", low=-40, high=120, deadband=0.5),
)


def group(every_seconds: float) -> Group:
    """The one group of a power supply, asked so often."""
    return Group(POINTS, every_seconds)


def answer_of(variables: Mapping[str, str]) -> Answer:
    """What a power supply's variables say. Never raises, whatever is in them."""
    flags = variables.get(STATUS, "").split()
    read = [_read(point, variables, flags) for point in POINTS]
    faults = tuple(fault for _, fault in read)
    return tuple(value for value, _ in read), faults if any(faults) else None


def _read(point: Point, variables: Mapping[str, str], flags: list[str]) -> tuple[Value, Fault | None]:
    if point.key == "on_battery":  # a supply that is off, or waits for its driver, says neither
        known = "OB" in flags or "OL" in flags
        return ("OB" in flags, None) if known else (None, NOT_TOLD)
    if (flag := _FLAGS.get(point.key)) is not None:
        return (flag in flags, None) if flags else (None, NOT_TOLD)
    return _number(point, variables.get(_NUMBERS[point.key]))


def _number(point: Point, text: str | None) -> tuple[Value, Fault | None]:
    if text is None:
        return None, NOT_TOLD
    try:
        number = float(text)
    except ValueError:
        return None, NO_NUMBER
    if not isfinite(number):
        return None, NO_NUMBER
    if (point.low is not None and number < point.low) or (point.high is not None and number > point.high):
        return None, OUT_OF_RANGE
    return number, None
