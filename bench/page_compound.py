"""The compound of the page's benchmark: buildings full of doors that say of themselves when they were read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PRODUCT = "bench-page"
HOLDING = 3
"""Function code of Modbus Application Protocol 1.1b3, section 6.3."""

UNITS_OF_A_HOST = 200
"""Behind each TCP port; Modbus has 247 unit ids."""

SHOWN_BUILDING = "b1"
PROBE = "probe"
"""The device that is read often, on a line of its own; the page shows it alone."""

STAMP_KEY, DOOR_KEY, DOOR_PART = "stamp", "door1.open", "door1"
PROBE_SECONDS: Final = 0.5


def building_id(device: int, buildings: int) -> str:
    """The building that a device stands in: they are dealt out in turn."""
    return f"b{device % buildings + 1}"


def device_id(device: int) -> str:
    """The device id of a unit."""
    return f"d{device:05}"


def building_name(number: int) -> str:
    """What the page calls building `number`, counted from 1."""
    return f"{number}号楼"


def profile() -> dict[str, Any]:
    """A door and the time of its reading, in one read of two registers (map in `bench/page_devices.py`)."""
    point = {"function": HOLDING, "pace": "normal"}
    return {
        "product": PRODUCT,
        "title": "a door and the time of its reading",
        "source": "bench/page_devices.py",
        "parts": {"door": {DOOR_PART: {"offset": 0, "mask": 1}}},
        "points": [
            {"key": STAMP_KEY, "address": 0, **point},
            {"key": "{door}.open", "address": 1, "bit": 0, "meaning": "door_open", **point},
        ],
    }


def write(folder: Path, ports: Sequence[int], devices: int, buildings: int, every_seconds: float) -> Path:
    """Write profile and `compound.yaml`; the first port is the probe's. Returns the path. JSON is YAML."""
    (folder / f"{PRODUCT}.yaml").write_text(json.dumps(profile(), indent=1))
    path = folder / "compound.yaml"
    compound = {
        "compound": {
            "id": "bench",
            "name": "测速小区",
            "households": devices,
            "timezone": "Asia/Shanghai",
            "language": "zh-CN",
            "simulated": True,
        },
        "grids": [{"id": "g1", "name": "第一网格", "code": "370102013006001"}],
        "buildings": [
            {
                "id": f"b{number}",
                "name": building_name(number),
                "grid": "g1",
                "units": 1,
                "floors": 1,
                "flats_per_floor": 1,
            }
            for number in range(1, buildings + 1)
        ],
        "profiles": ["."],
        "lines": list(_lines(ports, devices, buildings, every_seconds)),
    }
    path.write_text(json.dumps(compound, ensure_ascii=False))
    return path


def _lines(ports: Sequence[int], devices: int, buildings: int, every_seconds: float) -> Iterator[dict[str, Any]]:
    probe = {"id": PROBE, "product": PRODUCT, "unit": 1, "building": SHOWN_BUILDING, "name": "探针"}
    yield {**_line("probe", ports[0], PROBE_SECONDS), "devices": [probe]}
    for host, port in enumerate(ports[1:]):
        first = host * UNITS_OF_A_HOST
        behind = range(first, min(first + UNITS_OF_A_HOST, devices))
        yield {
            **_line(f"l{host:03}", port, every_seconds),
            "devices": [
                {
                    "id": device_id(device),
                    "product": PRODUCT,
                    "unit": unit,
                    "building": building_id(device, buildings),
                    "name": f"{device}号门",
                }
                for unit, device in enumerate(behind, start=1)
            ],
        }


def _line(name: str, port: int, every_seconds: float) -> dict[str, Any]:
    return {"id": name, "driver": "modbus", "host": "127.0.0.1", "port": port, "normal_seconds": every_seconds}
