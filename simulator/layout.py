"""The `compound.yaml` that reaches a simulated compound, laid out for a person to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from simulator.compound import Compound, Entrance, Line

PRODUCT = "acp1-2door"
_BUS_FAST_SECONDS = 0.5  # seven status blocks and a dead unit do not fit into 250 ms at 38400 baud


def compound_yaml(
    compound: Compound, host: str, ports: Mapping[str, int], control: str, stories: Sequence[str] = ()
) -> str:
    """The configuration; `ports` by line id, `control` as HOST:PORT, `stories` that the page may offer."""
    return "\n".join(_written(compound, host, ports, control, stories)) + "\n"


def _written(
    compound: Compound, host: str, ports: Mapping[str, int], control: str, stories: Sequence[str]
) -> Iterator[str]:
    count, households = len(compound.buildings), compound.households
    yield f"# A simulated compound: {count} buildings, {households:,} households, seed {compound.seed}."
    yield "# Nothing in it is real: every record and every message of it is marked 【模拟】."
    yield (
        f"compound: {{id: demo, name: 幸福里小区, households: {households},"
        " timezone: Asia/Shanghai, language: zh-CN, simulated: true}"
    )
    yield f'simulator: {{control: "{control}", stories: [{", ".join(stories)}]}}'
    yield ""
    yield "grids:"
    for grid in compound.grids:
        yield f'  - {{id: {grid.id}, name: {grid.name}, code: "{grid.code}"}}'
    yield ""
    yield "buildings:"
    for building in compound.buildings:
        yield (
            f"  - {{id: {building.id}, name: {building.name}, grid: {building.grid}, units: {building.units},"
            f" floors: {building.floors}, flats_per_floor: {building.flats_per_floor}}}"
        )
    yield ""
    yield "lines:"
    for line in compound.lines:
        yield from _line(line, host, ports[line.id])


def _line(line: Line, host: str, port: int) -> Iterator[str]:
    if line.is_bus:
        yield "  # an RS-485 bus behind a TCP-to-RTU gateway: one port, several unit ids, 38400 baud"
    yield f"  - id: {line.id}"
    yield "    driver: modbus"
    yield f'    host: "{host}"' if ":" in host else f"    host: {host}"
    yield f"    port: {port}"
    if line.is_bus:
        yield f"    fast_seconds: {_BUS_FAST_SECONDS}"
    yield "    devices:"
    for unit, entrance in line.units:
        yield from _device(unit, entrance)


def _device(unit: int, entrance: Entrance) -> Iterator[str]:
    first, second = entrance.parts
    yield f"      - {{id: {entrance.id}, product: {PRODUCT}, unit: {unit}, serial: {entrance.serial},"
    yield (
        f'         building: {entrance.building}, entrance: "{entrance.entrance}", name: {entrance.name},'
        f" parts: {{door1: {first}, door2: {second}}}}}"
    )
