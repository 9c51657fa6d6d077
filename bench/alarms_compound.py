"""A compound of alarm panels as an installer would write it: grids with people, each with a group bot of its own.

`PANELS` panels have `ZONES` inputs each at normal pace, `POINTS` in all: lock faults, P3, so that every one that stands has its
own escalation. Each grid also has a panel of gas inputs at fast pace, P1, and the last grid one of forced doors, P2.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

GRIDS: Final = 17
"""Sixteen in which single P1s are measured, and the last one, in which the storm is."""
STORM: Final = GRIDS - 1
PANELS, ZONES = 100, 100
POINTS: Final = PANELS * ZONES
"""Watched points at normal pace."""
URGENT: Final = 60
"""Gas inputs of each grid: each is used once, since a P1 stands until somebody resets it."""
BREACHES: Final = 500
"""Forced doors of the storm's grid."""
UNITS_PER_HOST: Final = 10
DISCRETE_INPUTS, INPUT_REGISTERS = 2, 4
MEASURED: Final = 5
"""Registers of each panel at normal pace that are another number at every poll: telemetry goes on all the while."""

ZONE_KIND, URGENT_KIND, BREACH_KIND = "bench-zones", "bench-gas", "bench-breaches"
NORMAL_SECONDS, FAST_SECONDS = 1.0, 0.25
DEAD: Final = "dead"
"""The outlet that nobody answers."""
PUBLIC: Final = "https://post.example.cn"
"""Messages carry a link, and by it they say which alarm they are about."""
KEY_FILE: Final = "bot.key"


def grid_id(grid: int) -> str:
    """A grid's id; its one building has the same number."""
    return f"g{grid + 1}"


def panel(number: int) -> str:
    """The device id of a panel of lock faults."""
    return f"z{number:03}"


def urgent_panel(grid: int) -> str:
    """The device id of a grid's panel of gas inputs."""
    return f"gas{grid:02}"


BREACH_PANEL: Final = "breaches"


def alarm_point(number: int) -> tuple[str, int]:
    """The panel and the input of one of the `POINTS`."""
    return panel(number // ZONES), number % ZONES


def units() -> Iterator[tuple[str, int, float]]:
    """Every panel: its device id, how many inputs it has, and at what pace they are read."""
    for number in range(PANELS):
        yield panel(number), ZONES, NORMAL_SECONDS
    for grid in range(GRIDS):
        yield urgent_panel(grid), URGENT, FAST_SECONDS
    yield BREACH_PANEL, BREACHES, FAST_SECONDS


def hosts() -> Iterator[list[tuple[str, int]]]:
    """The panels that share a connection, each with its inputs: ten slow ones, or a fast one alone."""
    slow = [(name, inputs) for name, inputs, pace in units() if pace == NORMAL_SECONDS]
    yield from (slow[first : first + UNITS_PER_HOST] for first in range(0, len(slow), UNITS_PER_HOST))
    yield from ([(name, inputs)] for name, inputs, pace in units() if pace != NORMAL_SECONDS)


def write(folder: Path, ports: Sequence[int], chat: str, dead: str) -> Path:
    """Write everything that a gateway needs and return the path of `compound.yaml`.

    `ports` are those of `hosts`, in their order; `chat` is the address of the bots' server, `dead` that of the outlet.
    """
    for product in _products():
        (folder / f"{product['product']}.yaml").write_text(json.dumps(product))
    (folder / KEY_FILE).write_text("bench")
    path = folder / "compound.yaml"
    path.write_text(json.dumps(_compound(folder, ports, chat, dead), ensure_ascii=False, indent=1))
    return path


def _products() -> Iterator[dict[str, Any]]:
    for product, key, inputs, meaning, pace in (
        (ZONE_KIND, "zone", ZONES, "lock_fault", "normal"),
        (URGENT_KIND, "gas", URGENT, "gas_alarm", "fast"),
        (BREACH_KIND, "forced", BREACHES, "door_forced", "fast"),
    ):
        points: list[dict[str, Any]] = [
            {"key": f"{key}{at}", "function": DISCRETE_INPUTS, "address": at, "meaning": meaning, "pace": pace}
            for at in range(inputs)
        ]
        if product == ZONE_KIND:
            points += [{"key": f"count{at}", "function": INPUT_REGISTERS, "address": at} for at in range(MEASURED)]
        yield {"product": product, "title": f"{inputs} inputs", "source": "bench/alarms_compound.py", "points": points}


def _compound(folder: Path, ports: Sequence[int], chat: str, dead: str) -> dict[str, Any]:
    grids = [
        {"id": grid_id(grid), "name": f"第{grid + 1}网格", "parent": "community", "code": f"{grid + 1:015}"}
        for grid in range(GRIDS)
    ]
    head = {"id": "community", "name": "社区", "level": "community", "team": {"leader": ["head"]}}
    reach = [{"channel": grid_id(grid), "to": "13000000000"} for grid in range(GRIDS)]
    workers = [{"id": f"w{grid + 1}", "name": f"网格员{grid + 1}", "reach": [reach[grid]]} for grid in range(GRIDS)]
    return {
        "compound": {"id": "bench", "name": "测速小区", "timezone": "Asia/Shanghai", "simulated": True},
        "http": {"public_url": PUBLIC},
        "codes": {"check_numbers": False},
        "grids": [head, *grids],
        "buildings": [
            {"id": f"b{grid + 1}", "name": f"{grid + 1}号楼", "grid": grid_id(grid), "floors": 1}
            for grid in range(GRIDS)
        ],
        "people": [{"id": "head", "name": "网格长", "reach": reach}, *workers],
        "roster": [{"grid": grid_id(grid), "shifts": [_shift(grid)]} for grid in range(GRIDS)],
        "channels": [
            {
                "id": grid_id(grid),
                "kind": "wecom",
                "key": {"file": str(folder / KEY_FILE)},
                "url": f"{chat}/{grid_id(grid)}",
            }
            for grid in range(GRIDS)
        ],
        "outbox": {"max_megabytes": 16},
        "outlets": [{"id": DEAD, "kind": "influxdb", "url": dead, "dialect": "v1", "database": "bench"}],
        "profiles": ["."],
        "lines": [
            _line(number, port, behind) for number, (port, behind) in enumerate(zip(ports, hosts(), strict=True))
        ],
    }


def _shift(grid: int) -> dict[str, str]:
    return {"name": "全天", "from": "00:00", "to": "24:00", "person": f"w{grid + 1}"}


def _line(number: int, port: int, behind: Sequence[tuple[str, int]]) -> dict[str, Any]:
    return {
        "id": f"l{number:02}",
        "driver": "modbus",
        "host": "127.0.0.1",
        "port": port,
        "fast_seconds": FAST_SECONDS,
        "normal_seconds": NORMAL_SECONDS,
        "devices": [
            {"id": device, "product": _kind(device), "unit": unit, "building": _building(device), "name": device}
            for unit, (device, _) in enumerate(behind, start=1)
        ],
    }


def _kind(device: str) -> str:
    if device == BREACH_PANEL:
        return BREACH_KIND
    return URGENT_KIND if device.startswith("gas") else ZONE_KIND


def _building(device: str) -> str:
    if device == BREACH_PANEL:
        return f"b{STORM + 1}"
    number = int(device.lstrip("gasz"))
    return f"b{number % GRIDS + 1}" if device.startswith("gas") else f"b{number % STORM + 1}"
