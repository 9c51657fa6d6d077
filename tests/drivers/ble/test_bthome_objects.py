from __future__ import annotations

import pytest
from bthome_ble.const import MEAS_TYPES
from sensor_state_data import Units
from sensor_state_data.description import BaseBinarySensorDescription, BaseSensorDescription

from drivers.ble.bthome_objects import NAMES, OBJECTS, Sort

UNITS = {
    "%": Units.PERCENTAGE, "/min": Units.REVOLUTIONS_PER_MINUTE, "A": Units.ELECTRIC_CURRENT_AMPERE,
    "Cel": Units.TEMP_CELSIUS, "L": Units.VOLUME_LITERS, "V": Units.ELECTRIC_POTENTIAL_VOLT, "W": Units.POWER_WATT,
    "[lb_av]": Units.MASS_POUNDS, "deg": Units.DEGREE, "deg/s": Units.GYROSCOPE_DEGREES_PER_SECOND,
    "hPa": Units.PRESSURE_MBAR, "kW.h": Units.ENERGY_KILO_WATT_HOUR, "kg": Units.MASS_KILOGRAMS, "lx": Units.LIGHT_LUX,
    "m": Units.LENGTH_METERS, "m/s": Units.SPEED_METERS_PER_SECOND, "m/s2": Units.ACCELERATION_METERS_PER_SQUARE_SECOND,
    "m3": Units.VOLUME_CUBIC_METERS, "m3/h": Units.VOLUME_FLOW_RATE_CUBIC_METERS_PER_HOUR, "mL": Units.VOLUME_MILLILITERS,
    "mm": Units.LENGTH_MILLIMETERS, "ppm": Units.CONCENTRATION_PARTS_PER_MILLION, "s": Units.TIME_SECONDS,
    "uS/cm": Units.CONDUCTIVITY, "ug/m3": Units.CONCENTRATION_MICROGRAMS_PER_CUBIC_METER, "": None,
}  # fmt: skip
"""What our units are called elsewhere."""

DATA_FORMATS = {
    Sort.EVENT: ("unsigned_integer", "command"),
    Sort.TEXT: ("string",),
    Sort.RAW: ("raw",),
    Sort.VERSION: ("firmware_version_3", "firmware_version_4"),
}


def test_all_objects_of_the_standard_are_known() -> None:
    assert OBJECTS.keys() == MEAS_TYPES.keys()


@pytest.mark.parametrize("object_id", OBJECTS, ids=lambda object_id: f"{object_id:02X}")
def test_an_object_is_as_bthome_ble_has_it(object_id: int) -> None:
    ours, theirs = OBJECTS[object_id], MEAS_TYPES[object_id]

    if ours.size:
        assert ours.size == theirs.data_length
    assert ours.signed == (theirs.data_format == "signed_integer")
    assert ours.factor == theirs.factor
    assert (ours.sort is Sort.BOOLEAN) == isinstance(theirs.meas_format, BaseBinarySensorDescription)
    if ours.sort in DATA_FORMATS:
        assert theirs.data_format in DATA_FORMATS[ours.sort]
    elif ours.name != "timestamp" and isinstance(theirs.meas_format, BaseSensorDescription):
        assert theirs.meas_format.native_unit_of_measurement == UNITS[ours.unit]


@pytest.mark.parametrize("name", NAMES)
def test_objects_of_one_name_say_the_same_in_the_same_unit(name: str) -> None:
    assert len({(each.sort, each.unit) for each in NAMES[name]}) == 1


def test_what_life_hangs_on_stands_where_the_standard_has_it() -> None:
    told = {
        name: tuple(each.id for each in NAMES[name]) for name in ("smoke", "gas", "co", "heat", "door", "gas_volume")
    }

    assert told == {
        "smoke": (0x29,), "gas": (0x1C,), "co": (0x17,), "heat": (0x1D,), "door": (0x1A,), "gas_volume": (0x4B, 0x4C),
    }  # fmt: skip
