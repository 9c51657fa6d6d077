"""What each kind of detector tells of itself: the same points whatever product hangs there."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from drivers.contract import Group, Kind, Pace, Point

if TYPE_CHECKING:
    from collections.abc import Mapping

SAFETY: Final = 0
"""The group of what lives hang on: told by packets that were proved, and only by these; unchanged at most once a second."""

CONDITION: Final = 1
"""The group of what is worth knowing: battery, temperature, signal. Told when it changed enough."""


def _boolean(key: str, meaning: str) -> Point:
    return Point(key, Kind.BOOLEAN, meaning=meaning, pace=Pace.SLOW)


_SMOKE = _boolean("smoke", "smoke_alarm")
_GAS = _boolean("gas", "gas_alarm")
_CO = _boolean("co", "co_alarm")
_HEAT = _boolean("heat", "heat_alarm")
_OF_ALL = (
    _boolean("tamper", "detector_tamper"),
    _boolean("problem", "detector_fault"),
    _boolean("test", "detector_test"),
)
_GAS_LEVEL = Point("gas_level", Kind.REAL, "%[LEL]", "gas_level", Pace.SLOW, 0, 110, deadband=1.0)
_CO_LEVEL = Point("co_level", Kind.REAL, "ppm", "co_level", Pace.SLOW, 0, 10_000, deadband=5.0)
_PREHEAT = _boolean("preheat", "detector_preheat")
_TEMPERATURE = Point("temperature", Kind.REAL, "Cel", "detector_temperature", Pace.SLOW, -40, 125, deadband=0.5)

_CONDITION_GROUP: Final = Group(
    (
        _boolean("battery_low", "battery_low"),
        Point("battery", Kind.REAL, "%", "battery_level", Pace.SLOW, 0, 100, deadband=1.0),
        Point("voltage", Kind.REAL, "V", "battery_voltage", Pace.SLOW, 0, 20, deadband=0.05),
        Point("humidity", Kind.REAL, "%", "humidity", Pace.SLOW, 0, 100, deadband=2.0),
        Point("signal", Kind.INTEGER, "dBm", "signal", Pace.SLOW, -127, 20, deadband=3.0),
        Point("heard_by", Kind.TEXT, meaning="heard_by", pace=Pace.SLOW),
    ),
    every_seconds=None,
    heartbeat_seconds=3600.0,
)


def _safety(*points: Point) -> tuple[Group, Group]:
    return Group((*points, *_OF_ALL), every_seconds=None, heartbeat_seconds=3600.0), _CONDITION_GROUP


GROUPS: Final[Mapping[str, tuple[Group, Group]]] = MappingProxyType(
    {
        "smoke": _safety(_SMOKE, _HEAT, _TEMPERATURE),
        "heat": _safety(_HEAT, _TEMPERATURE),
        "gas": _safety(_GAS, _GAS_LEVEL, _PREHEAT),
        "co": _safety(_CO, _CO_LEVEL, _PREHEAT),
    }
)
"""Groups by kind: (safety, condition). A point that the product does not tell stays without a value."""

ALARMS: Final = frozenset({"smoke", "gas", "co", "heat"})
"""The keys of the points that are alarms: 0 to 1 tells people at once, 1 to 0 only when proved."""

RECEIVER_GROUP: Final = Group(
    (
        Point("heard_rate", Kind.REAL, "1/s", "heard_rate", Pace.SLOW, 0, deadband=1.0),
        Point("sensors", Kind.INTEGER, "", "sensors_heard", Pace.SLOW, 0, deadband=5.0),
    ),
    every_seconds=10.0,
    heartbeat_seconds=600.0,
)
"""What a receiver tells of itself: packets a second from anybody, and how many of our sensors it heard in 10 minutes."""
