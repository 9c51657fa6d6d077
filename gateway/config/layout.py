"""From the configuration to what the page calls things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.serve.layout import Building, Compound, DevicePlace, DoorPlace, Layout, LinePlace

if TYPE_CHECKING:
    from gateway.config.plan import Plan


def layout_of(plan: Plan) -> Layout:
    """What the HTTP face shows of the configuration."""
    compound = plan.compound
    return Layout(
        Compound(compound.id, compound.name, compound.households, compound.language, compound.simulated),
        grids={grid.id: grid.name for grid in plan.grids},
        buildings={building.id: Building(building.name, building.grid or "") for building in plan.buildings},
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
        stories=plan.simulator.stories if plan.simulator else (),
        control=plan.simulator.control if plan.simulator else "",
    )
