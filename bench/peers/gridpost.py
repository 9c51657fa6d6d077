"""Gridpost as a peer of the side-by-side harness: `render` and `decode` go into its folder `peers/` (README.md).

Standard library only: the harness brings an interpreter of its own. The gateway's is `.venv` of this checkout, or what
GRIDPOST_PYTHON names.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUSE = Path(__file__).resolve().parents[2]
PYTHON = os.environ.get("GRIDPOST_PYTHON", str(HOUSE / ".venv/bin/python"))
HTTP = "127.0.0.1:18881"
COMPOUND, PRODUCT = "peers", "peers-52"
TOPICS = (f"gridpost/{COMPOUND}/telemetry/#",)
COILS, DISCRETE_INPUTS, HOLDING, INPUT = 1, 2, 3, 4


class Scenario(Protocol):
    """What the harness asks of every peer (its `scenario.py`)."""

    n: int
    units: int
    poll_ms: int
    door_ms: int
    mqtt_port: int
    NC: int
    ND: int
    NH: int
    NI: int
    DOOR: int

    def addr(self, controller: int, /) -> tuple[str, int, int]:
        """Host, port and unit of a controller."""


def render(s: Scenario, wd: str) -> dict[str, Any]:
    """Write what an installer would write; how the gateway is started, and again after it was killed."""
    folder = Path(wd) / "gridpost"
    folder.mkdir(exist_ok=True)
    (folder / f"{PRODUCT}.yaml").write_text(json.dumps(_profile(s)))
    (folder / "compound.yaml").write_text(json.dumps(_compound(s)))
    run = (
        PYTHON,
        "-m",
        "gateway",
        "run",
        str(folder / "compound.yaml"),
        "--data",
        str(folder / "data"),
        "--http",
        HTTP,
    )
    return {"argv": list(run), "env": {"PYTHONPATH": str(HOUSE)}, "cwd": str(folder)}


def decode(topic: str, payload: bytes) -> Iterator[tuple[int, dict[str, Any], int]]:
    """The readings of a message: controller, values, time in ms. Live and late topics alike."""
    _, _, lane, device, *_ = topic.split("/")
    if lane == "telemetry":
        message = json.loads(payload)
        yield int(device[1:]), message["v"], message["t"]


def _profile(s: Scenario) -> dict[str, Any]:
    blocks = (("c", COILS, s.NC), ("d", DISCRETE_INPUTS, s.ND), ("h", HOLDING, s.NH), ("i", INPUT, s.NI))
    points: list[dict[str, Any]] = [
        {"key": f"{letter}{i}", "function": function, "address": i}
        for letter, function, count in blocks
        for i in range(count)
    ]
    if s.door_ms:
        door = {"key": "door", "function": DISCRETE_INPUTS, "address": s.DOOR, "meaning": "door_open", "pace": "fast"}
        points.append(door)
    return {"product": PRODUCT, "title": "52 points and a door", "source": "bench/peers/README.md", "points": points}


def _compound(s: Scenario) -> dict[str, Any]:
    lines: dict[int, dict[str, Any]] = {}
    for controller in range(s.n):
        host, port, unit = s.addr(controller)
        line = lines.setdefault(
            port,
            {
                "id": f"l{port}",
                "driver": "modbus",
                "host": host,
                "port": port,
                "fast_seconds": (s.door_ms or 250) / 1000,
                "normal_seconds": s.poll_ms / 1000,
                "devices": [],
            },
        )
        name = f"{controller}号门"
        line["devices"].append(
            {"id": f"c{controller:03}", "product": PRODUCT, "unit": unit, "building": "b1", "name": name}
        )
    building = {"id": "b1", "name": "1号楼", "grid": "g1", "units": 1, "floors": 1, "flats_per_floor": 1}
    return {
        "compound": {"id": COMPOUND, "name": "比测小区", "simulated": True},
        "grids": [{"id": "g1", "name": "第一网格"}],
        "buildings": [building],
        "profiles": ["."],
        "lines": list(lines.values()),
        "telemetry": {"tell": "everything"},
        "outlets": [{"id": "broker", "kind": "mqtt", "host": "127.0.0.1", "port": s.mqtt_port}],
    }
