"""The benchmark's compound as an installer would write it: a product profile and a `compound.yaml`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bench.controller import BITS, COILS, DISCRETE_INPUTS, DOOR, FORCED, HOLDING, INPUT, REGISTERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PRODUCT = "bench-52"
METER = "bench-meter"
BUILDINGS = 16
"""As many as one stream may show at a time, so that one page is told of every controller."""
DOOR_KEY = "door.open"
FORCED_KEY = "door.forced"


def device_id(controller: int) -> str:
    """The device id of a controller."""
    return f"c{controller:03}"


def building_id(controller: int) -> str:
    """The building that a controller stands in: they are dealt out in turn."""
    return f"b{controller % BUILDINGS + 1}"


def controller_of(device: str) -> int:
    """The controller that a device id names."""
    return int(device[1:])


def _point(key: str, function: int, address: int, **more: str) -> dict[str, Any]:
    return {"key": key, "function": function, "address": address, **more}


def _device(number: int, unit: int, product: str) -> dict[str, Any]:
    place = {"building": building_id(number), "name": f"{number}号门"}
    return {"id": device_id(number), "product": product, "unit": unit, **place}


def profile() -> dict[str, Any]:
    """The 52 points at normal pace and the door bit at fast pace (map in `bench/controller.py`)."""
    points = [_point(f"c{i}", COILS, i) for i in range(BITS)]
    points += [_point(f"d{i}", DISCRETE_INPUTS, i) for i in range(FORCED)]
    points.append(_point(FORCED_KEY, DISCRETE_INPUTS, FORCED, meaning="door_forced"))
    points += [_point(f"h{i}", HOLDING, i) for i in range(REGISTERS)]
    points += [_point(f"i{i}", INPUT, i) for i in range(REGISTERS)]
    points.append(_point(DOOR_KEY, DISCRETE_INPUTS, DOOR, meaning="door_open", pace="fast"))
    return {"product": PRODUCT, "title": "52 points and a door", "source": "bench/controller.py", "points": points}


def meter_profile(registers: int) -> dict[str, Any]:
    """So many holding registers at normal pace, a point each."""
    points = [_point(f"r{i}", HOLDING, i) for i in range(registers)]
    return {"product": METER, "title": f"{registers} registers", "source": "bench/controller.py", "points": points}


def compound(ports: Sequence[int], controllers: int, units: int, product: str = PRODUCT) -> dict[str, Any]:
    """The configuration that reaches the simulator's hosts, each with `units` controllers behind it."""
    lines = [
        {
            "id": f"l{host:03}",
            "driver": "modbus",
            "host": "127.0.0.1",
            "port": port,
            "fast_seconds": 0.25,
            "normal_seconds": 1,
            "devices": [
                _device(number, unit, product)
                for unit, number in enumerate(range(host * units, min(host * units + units, controllers)), start=1)
            ],
        }
        for host, port in enumerate(ports)
    ]
    return {
        "compound": {
            "id": "bench",
            "name": "测速小区",
            "households": 0,
            "timezone": "Asia/Shanghai",
            "language": "zh-CN",
            "simulated": True,
        },
        "grids": [{"id": "g1", "name": "第一网格", "code": "370102013006001"}],
        "buildings": [
            {"id": building_id(i), "name": f"{i + 1}号楼", "grid": "g1", "units": 1, "floors": 1, "flats_per_floor": 1}
            for i in range(BUILDINGS)
        ],
        "profiles": ["."],
        "lines": lines,
    }


def write(folder: Path, ports: Sequence[int], controllers: int, units: int, registers: int = 0) -> Path:
    """Write both files and return the path of `compound.yaml`. JSON is YAML, and needs no library to write.

    With `registers`, the devices are units of so many holding registers.
    """
    described = meter_profile(registers) if registers else profile()
    product = described["product"]
    (folder / f"{product}.yaml").write_text(json.dumps(described, indent=1))
    path = folder / "compound.yaml"
    path.write_text(json.dumps(compound(ports, controllers, units, product), ensure_ascii=False, indent=1))
    return path
