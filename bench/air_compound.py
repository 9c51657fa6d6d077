"""A compound full of smoke and gas sensors, as an installer would write it and a supplier would list them."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LINE = "air"
UNITS, FLOORS, FLATS = 2, 19, 5
"""Of each building: 190 households, so that sixteen buildings have the 3,040 of the demo."""
RECEIVERS = 5
"""Of each unit: one for about four floors."""
PER_BUILDING = UNITS * FLOORS * FLATS * 2
KINDS = ("smoke", "gas")
_FIRST_ADDRESS = 0xC0FFEE000000


class Sensor(NamedTuple):
    """A sensor, where it hangs, and the two receivers that hear it."""

    number: int
    kind: str
    detector: str
    receivers: tuple[int, int]

    @property
    def address(self) -> int:
        return _FIRST_ADDRESS + self.number

    @property
    def key(self) -> bytes:
        """Nobody's secret: the process that plays the sensors makes the same."""
        return sha256(f"bench sensor {self.number}".encode()).digest()[:16]


def sensors(buildings: int) -> Iterator[Sensor]:
    """Two in each flat; the nearest receiver of the unit hears each, and the one above or below it."""
    number = 0
    for building in range(buildings):
        for unit in range(UNITS):
            first = (building * UNITS + unit) * RECEIVERS
            for floor in range(FLOORS):
                near = floor * RECEIVERS // FLOORS
                heard = (first + near, first + (near + 1 if near + 1 < RECEIVERS else near - 1))
                for flat in range(FLATS):
                    where = f"b{building + 1}-{unit + 1}-{floor + 1}{flat + 1:02}"
                    for kind in KINDS:
                        yield Sensor(number, kind, f"{where}-{kind}", heard)
                        number += 1


def receiver_id(number: int) -> str:
    """The device id of a receiver."""
    return f"rx{number:03}"


def supplier_list(buildings: int) -> str:
    """The sensors as CSV, each with the detector at which it hangs."""
    rows = [
        f"{sensor.address:012X},{sensor.key.hex()},gridpost-{sensor.kind},S{sensor.number:05},{sensor.detector}"
        for sensor in sensors(buildings)
    ]
    return "\n".join(("address,key,product,label,detector", *rows, ""))


def write(folder: Path, ports: Sequence[int], buildings: int) -> Path:
    """Write the configuration that reaches proxies on these ports; returns the path of `compound.yaml`."""
    path = folder / "compound.yaml"
    path.write_text(json.dumps(_compound(ports, buildings), ensure_ascii=False))
    return path


def _compound(ports: Sequence[int], buildings: int) -> dict[str, Any]:
    per_building = UNITS * RECEIVERS
    return {
        "compound": {
            "id": "bench",
            "name": "测速小区",
            "households": buildings * UNITS * FLOORS * FLATS,
            "timezone": "Asia/Shanghai",
            "language": "zh-CN",
            "simulated": True,
        },
        "grids": [{"id": "g1", "name": "第一网格", "code": "370102013006001"}],
        "buildings": [
            {
                "id": f"b{number + 1}",
                "name": f"{number + 1}号楼",
                "grid": "g1",
                "units": UNITS,
                "floors": FLOORS,
                "flats_per_floor": FLATS,
            }
            for number in range(buildings)
        ],
        "lines": [
            {
                "id": LINE,
                "driver": "ble",
                "devices": [
                    {
                        "id": receiver_id(number),
                        "proxy": f"127.0.0.1:{port}",
                        "building": f"b{number // per_building + 1}",
                        "name": f"{number}号接收器",
                    }
                    for number, port in enumerate(ports)
                ],
            }
        ],
        "detectors": [{"line": LINE, "where": "flats", "kinds": list(KINDS)}],
    }
