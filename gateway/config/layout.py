"""From the configuration to what the page calls things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.config.charging import is_locker
from gateway.serve.layout import Building, Compound, DevicePlace, DoorPlace, Layout, LinePlace, RoomPlace

if TYPE_CHECKING:
    from gateway.config.plan import Plan


def layout_of(plan: Plan) -> Layout:
    """What the HTTP face shows of the configuration."""
    compound = plan.compound
    return Layout(
        Compound(
            compound.id, compound.name, compound.households, compound.language, compound.simulated, compound.timezone
        ),
        grids={grid.id: grid.name for grid in plan.grids},
        buildings={
            building.id: Building(building.name, building.grid or "", building.units, building.floors)
            for building in plan.buildings
        },
        devices={
            device: DevicePlace(
                plan.place(device), {part: said.name for part, said in placed.parts.items() if said.name}
            )
            for device, placed in plan.placed.items()
        }
        | {device: DevicePlace(plan.place(device)) for device in plan.detectors},
        lines={line.id: LinePlace(line.driver, line.address) for line in plan.lines},
        doors={
            f"{device.id}/{part}": DoorPlace(
                device.id, part, said.name or part, bool(said.escape), said.lock or "", said.owner, said.maintainer
            )
            for driver in plan.drivers.values()
            for device in driver.devices
            for part, said in plan.doors(device).items()
        },
        detectors=plan.detectors,
        rooms=_rooms(plan),
        lockers=tuple(
            device.id
            for driver in plan.drivers.values()
            for device in driver.devices
            if device.id not in plan.detectors and is_locker(device)
        ),
        stories=plan.simulator.stories if plan.simulator else (),
        control=plan.simulator.control if plan.simulator else "",
    )


def _rooms(plan: Plan) -> dict[str, RoomPlace]:
    chargers: dict[str, list[str]] = {}
    for device in plan.placed:
        if room := plan.room_of(device):
            chargers.setdefault(room, []).append(device)
    return {
        room.id: RoomPlace(
            room.id,
            plan.room_place(room),
            room.cabinet,
            room.kind,
            tuple(chargers.get(room.id, ())),
            None if room.limit_kilowatts is None else room.limit_kilowatts * 1000,
            None if room.contactor is None else (room.contactor.device, room.contactor.part),
        )
        for room in plan.rooms
    }
