"""The charging rooms, chargers and contactors of a simulated compound as `compound.yaml` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.ocpp_wire import PATH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from simulator.charging_rooms import ChargingRoom

EBIKE_PRODUCT: Final = "gridpost-ebike-12"
BOARD_PRODUCT: Final = "contactor-8"
PILES: Final = "piles"
"""The line of the piles."""

PASSWORD_VARIABLE: Final = "GRIDPOST_DEMO_PILES_PASSWORD"  # noqa: S105 - the name of it
"""Where the password of all piles stands, for the simulator and for the gateway, so that no file holds it. Without it, as when
both are started by hand, the piles have none: they reach loopback only."""

TOPIC: Final = "v1/demo/{building}/charger/{id}"


def rooms_section(rooms: Iterable[ChargingRoom]) -> Iterator[str]:
    """`rooms:`, with an empty line after it; nothing without rooms."""
    lines = [_room(room) for room in rooms]
    if lines:
        yield "rooms:"
        for line in lines:
            yield from line
        yield ""


def _room(room: ChargingRoom) -> Iterator[str]:
    yield f"  - {{id: {room.id}, name: {room.name}, building: {room.building}, kind: {room.kind},"
    contactor = ""
    if room.contactor is not None:
        contactor = f", contactor: {{device: {room.contactor[0]}, part: contactor{room.contactor[1] + 1}}}"
    yield f"     cabinet: {room.cabinet}, limit_kilowatts: {room.kilowatts:g}{contactor}}}"


def ebike_device(id_: str, room: ChargingRoom, topic: str) -> Iterator[str]:
    """A controller for e-bikes on the line of the broker."""
    yield f"      - {{id: {id_}, product: {EBIKE_PRODUCT}, topic: {topic}, room: {room.id},"
    yield f"         building: {room.building}, name: {room.name}充电桩}}"


def ocpp_line(
    piles: Iterable[str], room_of: Mapping[str, ChargingRoom], host: str, port: int, *, with_password: bool
) -> Iterator[str]:
    """The line at which the piles dial in."""
    yield "  # the piles for cars dial in here, each by its identity (OCPP 1.6J)"
    yield f"  - id: {PILES}"
    yield "    driver: ocpp"
    yield f'    listen: "{f"[{host}]" if ":" in host else host}:{port}"'
    yield f"    path: {PATH}"
    yield f"    security: {'basic' if with_password else 'none'}"
    yield "    devices:"
    secret = f" password: {{env: {PASSWORD_VARIABLE}}}," if with_password else ""
    for id_ in piles:
        room = room_of[id_]
        yield f"      - {{id: {id_}, identity: {id_},{secret} room: {room.id},"
        yield f"         building: {room.building}, name: {id_.removeprefix('pile')}号充电桩}}"


def board_line(id_: str, building: str, host: str, port: int) -> Iterator[str]:
    """The line of a board of contactors."""
    yield "  # the contactors before charging rooms"
    yield f"  - id: {id_}"
    yield "    driver: modbus"
    yield f'    host: "{host}"' if ":" in host else f"    host: {host}"
    yield f"    port: {port}"
    yield "    devices:"
    yield f"      - {{id: {id_}, product: {BOARD_PRODUCT}, unit: 1, building: {building}, name: 充电接触器箱 {id_}}}"
