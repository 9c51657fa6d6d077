"""What a scan found, as a device list that `compound.yaml` takes under `devices:`."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drivers.modbus.places import MODBUS_PORT, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from drivers.modbus.scan import Found

NETWORK_COLUMNS: Final = ("host", "port")
RTU_COLUMNS: Final = (*NETWORK_COLUMNS, "framing")
SERIAL_COLUMNS: Final = ("serial.path", "serial.baud", "serial.parity", "serial.stop_bits")
"""How a line is reached, by where the units were found."""

DEVICE_COLUMNS: Final = ("unit", "product", "serial", "building", "entrance", "name")
"""Building, entrance and name are for a person to fill in."""

ID_LENGTH: Final = 40
"""The most that a name in `compound.yaml` may have."""


def write_csv(found: Iterable[Found], path: Path) -> int:
    """Write a list and return how many of its devices are ready to run.

    A unit whose product no profile knows gets a row whose id starts with `#`, with the reason: the gateway passes it
    over until a person puts an id and a product in. Raises FileExistsError rather than write over a list.
    """
    units = list(found)
    ready = 0
    with path.open("x", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "line", "driver", *_columns(units), *DEVICE_COLUMNS])
        for unit in units:
            line = _name(unit.place)
            ready += bool(unit.product)
            identity = f"{line}-{unit.unit}" if unit.product else f"# {_reason(unit)}"
            rows.writerow(
                [identity, line, "modbus", *_reached(unit.place), unit.unit, unit.product, unit.serial, "", "", ""]
            )
    return ready


def _columns(units: Sequence[Found]) -> tuple[str, ...]:
    """One search is made in one way: on a serial port, in serial frames over TCP, or over TCP."""
    place = units[0].place if units else Place()
    if place.serial is not None:
        return SERIAL_COLUMNS
    return RTU_COLUMNS if place.framing == "rtu" else NETWORK_COLUMNS


def _reached(place: Place) -> tuple[str | int | None, ...]:
    if (port := place.serial) is not None:
        return port.path, port.baud, port.parity, port.stop_bits
    return (place.host, place.port, "rtu") if place.framing == "rtu" else (place.host, place.port)


def _name(place: Place) -> str:
    """A line for each place: `192-168-1-50`, with the port where it is not the usual one, or `ttyusb0`."""
    if place.serial is not None:
        name = Path(place.serial.path).name.lower()
    else:
        name = place.host.lower() if place.port == MODBUS_PORT else f"{place.host.lower()}-{place.port}"
    # room for "-247"; a long name keeps its end, where the port is
    return re.sub(r"[^a-z0-9]+", "-", name)[-(ID_LENGTH - 4) :].strip("-")


def _reason(unit: Found) -> str:
    return f"no profile fits{f': {unit.identity}' if unit.identity else ''}"
