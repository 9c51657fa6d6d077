"""The configuration, checked and joined: what the rest of the gateway is built from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.config.devices import Placed
from gateway.model import Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from drivers.contract import Device, Driver, LineConfig
    from gateway.config.compound import (
        Building,
        Compound,
        Grid,
        History,
        Http,
        Outbox,
        Outlet,
        RuleConfig,
        Simulator,
        Telemetry,
    )
    from gateway.config.devices import Part
    from gateway.deliver.backup_config import BackupConfig


def doors_of(device: Device) -> list[str]:
    """The parts of a device that are doors: they have a lock to be seen, or a command that unlocks."""
    seen = {point.place: None for group in device.groups for point in group.points if point.meaning == "door_unlocked"}
    moved = {command.place: None for command in device.commands if command.acts_as == "unlock"}
    return [part for part in {**seen, **moved} if part]


@dataclass(frozen=True, slots=True)
class Plan:
    """The configuration, checked and joined."""

    path: Path
    compound: Compound
    http: Http
    history: History
    telemetry: Telemetry
    outbox: Outbox
    outlets: tuple[Outlet, ...]
    backup: BackupConfig | None
    simulator: Simulator | None
    grids: tuple[Grid, ...]
    buildings: tuple[Building, ...]
    lines: tuple[LineConfig, ...]
    drivers: Mapping[str, Driver]
    """By line, freshly built: nothing is connected yet."""
    placed: Mapping[str, Placed]
    rules: Mapping[str, RuleConfig]
    serials: Mapping[str, str]
    """The serial numbers that the configuration names, by device."""
    site_key: bytes = field(repr=False)
    """Under which cards are hashed; empty where the configuration is only looked at."""

    def doors(self, device: Device) -> dict[str, Part]:
        """The doors of a device that are connected, by part, with all that was written of them."""
        placed = self.placed.get(device.id, Placed())
        doors = {part: placed.part(part, door=True) for part in doors_of(device)}
        return {part: said for part, said in doors.items() if said.used}

    def place(self, device: str, part: str = "") -> Place:
        """Where a device, or a part of it, stands."""
        placed = self.placed.get(device, Placed())
        building = next((b for b in self.buildings if b.id == placed.building), None)
        name = placed.parts[part].name if part in placed.parts else ""
        return Place(
            building=placed.building or "",
            unit=placed.entrance,
            name=name or placed.name or device,
            grid=(building.grid or "") if building else "",
        )
