"""Every object of BTHome v2: what each id means, how long it is, and in which unit its value comes.

Source: the tables "Sensor data", "Binary Sensor data", "Events", "Misc data" and "Device information" of
https://bthome.io/format, checked id by id against the `MEAS_TYPES` of bthome-ble 3.25.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

ObjectValue: TypeAlias = int | float | bool | str | bytes


class Sort(Enum):
    """What sort of value an object carries, and as what it comes out of the decoder."""

    NUMBER = "number"
    """int where the factor is 1, else float, in the object's unit."""
    BOOLEAN = "boolean"
    """bool: any byte but 0 is true, so that an odd alarm is an alarm."""
    EVENT = "event"
    """The button's event as int, 0 for none; for the dimmer both bytes; for a command its code and arguments."""
    TEXT = "text"
    """str; what is no UTF-8 comes as U+FFFD, because a wrong letter must not hide the alarm beside it."""
    RAW = "raw"
    """bytes, of the maker's own making."""
    VERSION = "version"
    """str such as "4.2.1.0"; the last number stands first in the packet."""


@dataclass(frozen=True, slots=True)
class Object:
    """One object of the standard. `size` is in bytes, 0 where the packet itself says how long it is.

    `name` is shared by objects that say the same in the same unit with another size or factor.
    """

    id: int
    name: str
    sort: Sort
    size: int = 1
    signed: bool = False
    factor: float = 1
    unit: str = ""


def _number(object_id: int, name: str, size: int, factor: float = 1, unit: str = "", *, signed: bool = False) -> Object:
    return Object(object_id, name, Sort.NUMBER, size, signed, factor, unit)


def _boolean(object_id: int, name: str) -> Object:
    return Object(object_id, name, Sort.BOOLEAN)


_OBJECTS: Final = (
    _number(0x00, "packet_id", 1),
    _number(0x01, "battery", 1, unit="%"),
    _number(0x02, "temperature", 2, 0.01, "Cel", signed=True),
    _number(0x03, "humidity", 2, 0.01, "%"),
    _number(0x04, "pressure", 3, 0.01, "hPa"),
    _number(0x05, "illuminance", 3, 0.01, "lx"),
    _number(0x06, "mass", 2, 0.01, "kg"),
    _number(0x07, "mass_pounds", 2, 0.01, "[lb_av]"),
    _number(0x08, "dew_point", 2, 0.01, "Cel", signed=True),
    _number(0x09, "count", 1),
    _number(0x0A, "energy", 3, 0.001, "kW.h"),
    _number(0x0B, "power", 3, 0.01, "W"),
    _number(0x0C, "voltage", 2, 0.001, "V"),
    _number(0x0D, "pm2_5", 2, unit="ug/m3"),
    _number(0x0E, "pm10", 2, unit="ug/m3"),
    _boolean(0x0F, "generic"),
    _boolean(0x10, "power_on"),
    _boolean(0x11, "opening"),
    _number(0x12, "co2", 2, unit="ppm"),
    _number(0x13, "tvoc", 2, unit="ug/m3"),
    _number(0x14, "moisture", 2, 0.01, "%"),
    _boolean(0x15, "battery_low"),
    _boolean(0x16, "battery_charging"),
    _boolean(0x17, "co"),
    _boolean(0x18, "cold"),
    _boolean(0x19, "connectivity"),
    _boolean(0x1A, "door"),
    _boolean(0x1B, "garage_door"),
    _boolean(0x1C, "gas"),
    _boolean(0x1D, "heat"),
    _boolean(0x1E, "light"),
    _boolean(0x1F, "lock"),
    _boolean(0x20, "wet"),
    _boolean(0x21, "motion"),
    _boolean(0x22, "moving"),
    _boolean(0x23, "occupancy"),
    _boolean(0x24, "plug"),
    _boolean(0x25, "presence"),
    _boolean(0x26, "problem"),
    _boolean(0x27, "running"),
    _boolean(0x28, "safety"),
    _boolean(0x29, "smoke"),
    _boolean(0x2A, "sound"),
    _boolean(0x2B, "tamper"),
    _boolean(0x2C, "vibration"),
    _boolean(0x2D, "window"),
    _number(0x2E, "humidity", 1, unit="%"),
    _number(0x2F, "moisture", 1, unit="%"),
    Object(0x3A, "button", Sort.EVENT, 1),
    Object(0x3B, "command", Sort.EVENT, 0),
    Object(0x3C, "dimmer", Sort.EVENT, 2),
    _number(0x3D, "count", 2),
    _number(0x3E, "count", 4),
    _number(0x3F, "rotation", 2, 0.1, "deg", signed=True),
    _number(0x40, "distance_mm", 2, unit="mm"),
    _number(0x41, "distance", 2, 0.1, "m"),
    _number(0x42, "duration", 3, 0.001, "s"),
    _number(0x43, "current", 2, 0.001, "A"),
    _number(0x44, "speed", 2, 0.01, "m/s"),
    _number(0x45, "temperature", 2, 0.1, "Cel", signed=True),
    _number(0x46, "uv_index", 1, 0.1),
    _number(0x47, "volume", 2, 0.1, "L"),
    _number(0x48, "volume_ml", 2, unit="mL"),
    _number(0x49, "volume_flow_rate", 2, 0.001, "m3/h"),
    _number(0x4A, "voltage", 2, 0.1, "V"),
    _number(0x4B, "gas_volume", 3, 0.001, "m3"),
    _number(0x4C, "gas_volume", 4, 0.001, "m3"),
    _number(0x4D, "energy", 4, 0.001, "kW.h"),
    _number(0x4E, "volume", 4, 0.001, "L"),
    _number(0x4F, "water", 4, 0.001, "L"),
    _number(0x50, "timestamp", 4, unit="s"),
    _number(0x51, "acceleration", 2, 0.001, "m/s2"),
    _number(0x52, "gyroscope", 2, 0.001, "deg/s"),
    Object(0x53, "text", Sort.TEXT, 0),
    Object(0x54, "raw", Sort.RAW, 0),
    _number(0x55, "volume_storage", 4, 0.001, "L"),
    _number(0x56, "conductivity", 2, unit="uS/cm"),
    _number(0x57, "temperature", 1, unit="Cel", signed=True),
    _number(0x58, "temperature", 1, 0.35, "Cel", signed=True),
    _number(0x59, "count", 1, signed=True),
    _number(0x5A, "count", 2, signed=True),
    _number(0x5B, "count", 4, signed=True),
    _number(0x5C, "power", 4, 0.01, "W", signed=True),
    _number(0x5D, "current", 2, 0.001, "A", signed=True),
    _number(0x5E, "direction", 2, 0.01, "deg"),
    _number(0x5F, "precipitation", 2, 0.1, "mm"),
    _number(0x60, "channel", 1),
    _number(0x61, "rotational_speed", 2, unit="/min"),
    _number(0x62, "speed", 4, 0.000001, "m/s", signed=True),
    _number(0x63, "acceleration", 4, 0.000001, "m/s2", signed=True),
    _number(0x64, "light_level", 1),
    _number(0x65, "settings_revision", 1),
    _number(0xF0, "device_type", 2),
    Object(0xF1, "firmware", Sort.VERSION, 4),
    Object(0xF2, "firmware", Sort.VERSION, 3),
)

OBJECTS: Final[Mapping[int, Object]] = MappingProxyType({each.id: each for each in _OBJECTS})
"""The whole standard, by object id."""

NAMES: Final[Mapping[str, tuple[Object, ...]]] = MappingProxyType(
    {name: tuple(each for each in _OBJECTS if each.name == name) for name in dict.fromkeys(o.name for o in _OBJECTS)}
)
"""The objects of each name: all of one name have the same sort and unit."""
