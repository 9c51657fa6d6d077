"""The `compound.yaml` that reaches a simulated compound, laid out for a person to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.broker import PASSWORD_VARIABLE
from simulator.compound import leads_out
from simulator.detectors import CO, IN_FLATS, LANDINGS_OF, SMOKE, first_flat
from simulator.receivers import LINE as AIR
from simulator.receivers import receivers_of
from simulator.staff import community_entry, grid_team, staff_section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from simulator.compound import Compound, Entrance, Line
    from simulator.mqtt_device import BrokerAddress
    from simulator.realm import Realm
    from simulator.serial_wire import SerialSettings

PRODUCT = "acp1-2door"
FIELD = "field"
"""The line of the broker."""
_BUS_FAST_SECONDS = 0.5  # seven status blocks and a dead unit do not fit into 250 ms at 38400 baud
_MAINTAINER = "门禁维保"


@dataclass(frozen=True, slots=True)
class Reached:
    """How a line is reached: by a TCP port, as bare RTU frames where `rtu` says so, or by the serial port at `path`.

    `wire` is how the serial bus of the line is set, None where there is none; `timeout_seconds` how long the gateway before
    it waits for a unit.
    """

    port: int = 0
    rtu: bool = False
    path: str = ""
    wire: SerialSettings | None = None
    timeout_seconds: float = 0.0


def compound_yaml(
    compound: Compound,
    host: str,
    reached: Mapping[str, Reached],
    proxies: Mapping[str, int],
    control: str,
    stories: Sequence[str] = (),
    broker: BrokerAddress | None = None,
    realms: Sequence[Realm] = (),
    services: str = "",
) -> str:
    """The configuration; `reached` by line id, `control` as HOST:PORT, `stories` that the page may offer.

    `proxies` are the ports of the Bluetooth receivers by their ids; with none of them, the compound has no detectors. `realms`
    is what else lives in it; without a `broker` none of it is on MQTT. `services` is the URL of those that carry messages to
    people, "" for a compound in which nobody is told of anything.
    """
    lines = _written(compound, host, reached, proxies, control, stories, broker, realms, services)
    return "\n".join(lines) + "\n"


def _written(
    compound: Compound,
    host: str,
    reached: Mapping[str, Reached],
    proxies: Mapping[str, int],
    control: str,
    stories: Sequence[str],
    broker: BrokerAddress | None,
    realms: Sequence[Realm],
    services: str,
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
    yield from _grids(compound, led=bool(services))
    yield "buildings:"
    for building in compound.buildings:
        shops = f", shops: {building.shops}" if building.shops else ""
        yield (
            f"  - {{id: {building.id}, name: {building.name}, grid: {building.grid}, units: {building.units},"
            f" floors: {building.floors}, flats_per_floor: {building.flats_per_floor}{shops}}}"
        )
    yield ""
    if services:
        yield from staff_section(compound, services)
    if proxies:
        yield from _detectors(compound)
    for realm in realms:
        yield from realm.before_lines()
    yield "lines:"
    for line in compound.lines:
        yield from _line(line, host, reached[line.id])
    if proxies:
        yield from _air(compound, host, proxies)
    if broker is not None:
        yield from _field(broker, realms)
    for realm in realms:
        yield from realm.own_lines(host)


def _grids(compound: Compound, *, led: bool) -> Iterator[str]:
    """The grids; with what they belong to and who leads them where anybody is told of anything."""
    yield "grids:"
    if led:
        yield community_entry(compound)
    for grid in compound.grids:
        yield f'  - {{id: {grid.id}, name: {grid.name}, code: "{grid.code}"{grid_team(grid) if led else ""}}}'
    yield ""


def _field(broker: BrokerAddress, realms: Sequence[Realm]) -> Iterator[str]:
    devices = [line for realm in realms for line in realm.mqtt_devices()]
    if not devices:
        return
    yield "  # the parcel lockers and the chargers for e-bikes, behind an MQTT broker"
    yield f"  - id: {FIELD}"
    yield "    driver: mqtt"
    yield f'    host: "{broker.host}"' if ":" in broker.host else f"    host: {broker.host}"
    yield f"    port: {broker.port}"
    yield f'    version: "{"5" if broker.v5 else "3.1.1"}"'
    if broker.password:
        yield f"    username: {broker.username}"
        yield f"    password: {{env: {PASSWORD_VARIABLE}}}"
    yield "    devices:"
    yield from devices


def _detectors(compound: Compound) -> Iterator[str]:
    kinds = ", ".join(IN_FLATS)
    yield "detectors:"
    yield f"  - {{line: {AIR}, kinds: [{kinds}], where: flats}}"
    for building in compound.buildings:
        if building.id == LANDINGS_OF:
            yield f"  - {{line: {AIR}, kinds: [{SMOKE}], where: landings, buildings: [{LANDINGS_OF}]}}"
    yield "  # where a gas water heater hangs"
    for building in compound.buildings:
        if building.households:
            floor, flat = first_flat(building)
            yield (
                f"  - {{line: {AIR}, kinds: [{CO}], id: {building.id}-1-{flat}-{CO}, building: {building.id},"
                f' entrance: "1", floor: {floor}, name: "{flat}"}}'
            )
    yield ""


def _air(compound: Compound, host: str, proxies: Mapping[str, int]) -> Iterator[str]:
    shown = f"[{host}]" if ":" in host else host
    yield "  # the Bluetooth receivers in the stairwells: what is heard by any of them is heard"
    yield f"  - id: {AIR}"
    yield "    driver: ble"
    yield "    devices:"
    for receiver in receivers_of(compound):
        yield f'      - {{id: {receiver.id}, proxy: "{shown}:{proxies[receiver.id]}", building: {receiver.building},'
        yield f'         entrance: "{receiver.unit}", name: {receiver.name}}}'


def _line(line: Line, host: str, reached: Reached) -> Iterator[str]:
    if reached.wire is not None:
        yield f"  # an RS-485 bus{'' if reached.path else ' behind a TCP port'}: several unit ids, {reached.wire.baud} baud"
    yield f"  - id: {line.id}"
    yield "    driver: modbus"
    yield from _way(host, reached)
    if line.is_bus:
        yield f"    fast_seconds: {_BUS_FAST_SECONDS}"
    yield "    devices:"
    for unit, entrance in line.units:
        yield from _device(unit, entrance)


def _way(host: str, reached: Reached) -> Iterator[str]:
    if reached.path:
        yield f"    serial: {{path: {reached.path}, {_settings(reached.wire)}}}"
        return
    yield f'    host: "{host}"' if ":" in host else f"    host: {host}"
    yield f"    port: {reached.port}"
    if reached.rtu:
        yield "    framing: rtu"
    if reached.wire is not None:
        waits = f", timeout_seconds: {reached.timeout_seconds}" if reached.timeout_seconds else ""
        yield f"    bus: {{{_settings(reached.wire)}{waits}}}"


def _settings(wire: SerialSettings | None) -> str:
    return f"baud: {wire.baud}, parity: {wire.parity}, stop_bits: {wire.stops}" if wire else ""


def _device(unit: int, entrance: Entrance) -> Iterator[str]:
    first, second = entrance.parts
    yield f"      - {{id: {entrance.id}, product: {PRODUCT}, unit: {unit}, serial: {entrance.serial},"
    yield f'         building: {entrance.building}, entrance: "{entrance.entrance}", name: {entrance.name},'
    yield f"         doors: {{lock: fail_safe, owner: 物业, maintainer: {_MAINTAINER}}},"
    way_out = leads_out(entrance)
    other = "escape: true" if way_out else "escape: false, lock: fail_secure"
    yield f"         parts: {{door1: {{name: {first}, escape: true}}, door2: {{name: {second}, {other}}}}}}}"
