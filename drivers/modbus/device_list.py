"""What a scan found, as a device list that `compound.yaml` takes under `devices:`."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Final

from drivers.modbus.scan import MODBUS_PORT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from drivers.modbus.scan import Found

COLUMNS: Final = (
    "id", "line", "driver", "host", "port", "unit", "product", "serial", "building", "entrance", "name",
)  # fmt: skip
"""In the order of the file. Building, entrance and name are for a person to fill in."""

ID_LENGTH: Final = 40
"""The most that a name in `compound.yaml` may have."""


def write_csv(found: Iterable[Found], path: Path) -> int:
    """Write a list and return how many of its devices are ready to run.

    A unit whose product no profile knows gets a row whose id starts with `#`, with the reason: the gateway passes it
    over until a person puts an id and a product in. Raises FileExistsError rather than write over a list.
    """
    ready = 0
    with path.open("x", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for unit in found:
            line = _name(unit)
            ready += bool(unit.product)
            identity = f"{line}-{unit.unit}" if unit.product else f"# {_reason(unit)}"
            rows.writerow(
                [identity, line, "modbus", unit.host, unit.port, unit.unit, unit.product, unit.serial, "", "", ""]
            )
    return ready


def _name(unit: Found) -> str:
    """A line for each host and port: `192-168-1-50`, or with the port where it is not the usual one."""
    place = unit.host.lower() if unit.port == MODBUS_PORT else f"{unit.host.lower()}-{unit.port}"
    # room for "-247"; a long host name keeps its end, with the port
    return re.sub(r"[^a-z0-9]+", "-", place)[-(ID_LENGTH - 4) :].strip("-")


def _reason(unit: Found) -> str:
    return f"no profile fits{f': {unit.identity}' if unit.identity else ''}"
