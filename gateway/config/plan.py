"""The configuration, checked and joined: what the rest of the gateway is built from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from gateway.config.detectors import name_with_unit
from gateway.config.devices import Placed
from gateway.model import Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from drivers.contract import Device, Driver, LineConfig
    from drivers.findings import Finding
    from gateway.config.audit import Retention
    from gateway.config.channels import AnyChannel
    from gateway.config.charging import Lockers, Room
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
    from gateway.config.effects import EffectConfig, Fires
    from gateway.config.escalation import PolicyConfig
    from gateway.config.incidents import IncidentsConfig
    from gateway.config.people import Codes, Department, Person, Roster
    from gateway.config.power import Power
    from gateway.decide.rules import SensorRules
    from gateway.deliver.audit.config import AuditConfig
    from gateway.deliver.backup_config import BackupConfig
    from gateway.deliver.county.config import CountyConfig
    from gateway.deliver.heartbeat.config import HeartbeatConfig
    from gateway.serve.layout import DetectorPlace


def doors_of(device: Device) -> list[str]:
    """The parts of a device that are doors: they have a lock to be seen, or a command that unlocks."""
    seen = {point.place: None for group in device.groups for point in group.points if point.meaning == "door_unlocked"}
    moved = {command.place: None for command in device.commands if command.acts_as == "unlock"}
    return [part for part in {**seen, **moved} if part]


@dataclass(frozen=True)
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
    audit: AuditConfig
    retention: Retention
    simulator: Simulator | None
    grids: tuple[Grid, ...]
    codes: Codes | None
    people: tuple[Person, ...]
    departments: tuple[Department, ...]
    rosters: tuple[Roster, ...]
    channels: tuple[AnyChannel, ...]
    heartbeats: tuple[HeartbeatConfig, ...]
    escalation: tuple[PolicyConfig, ...]
    """The policies that are written, over those that Gridpost ships."""
    buildings: tuple[Building, ...]
    lines: tuple[LineConfig, ...]
    drivers: Mapping[str, Driver]
    """By line, freshly built: nothing is connected yet."""
    placed: Mapping[str, Placed]
    rules: Mapping[str, RuleConfig]
    effects: Mapping[str, EffectConfig]
    fires: Fires
    serials: Mapping[str, str]
    """The serial numbers that the configuration names, by device."""
    detectors: Mapping[str, DetectorPlace]
    """Where sensors are to hang, by device, in the order in which people walk."""
    sensors: Mapping[str, SensorRules]
    """The products that a sensor may be of."""
    rooms: tuple[Room, ...]
    lockers: Lockers
    incidents: IncidentsConfig
    county: CountyConfig | None
    power: Power | None
    site_key: bytes = field(repr=False)
    """Under which cards are hashed; empty where the configuration is only looked at."""
    warnings: tuple[Finding, ...] = ()
    """What works and had better be otherwise; `gridpost check` prints it and is content."""

    def doors(self, device: Device) -> dict[str, Part]:
        """The doors of a device that are connected, by part, with all that was written of them."""
        if device.id in self.detectors:
            return {}
        placed = self.placed.get(device.id, Placed())
        doors = {part: placed.part(part, door=True) for part in doors_of(device)}
        return {part: said for part, said in doors.items() if said.used}

    def place(self, device: str, part: str = "") -> Place:
        """Where a device, or a part of it, stands."""
        if (detector := self.detectors.get(device)) is not None:
            name = name_with_unit(detector, self.compound.language)
            return Place(detector.building, detector.entrance, name, self._grids.get(detector.building, ""))
        placed = self.placed.get(device, Placed())
        name = placed.parts[part].name if part in placed.parts else ""
        building = placed.building or self._buildings_of_rooms.get(placed.room or "", "")
        return Place(
            building=building,
            unit=placed.entrance,
            name=name or placed.name or device,
            grid=self._grids.get(building, ""),
        )

    def room_of(self, device: str) -> str:
        """The charging room in which a device stands; "" for none."""
        placed = self.placed.get(device)
        return (placed.room or "") if placed is not None else ""

    def household_of(self, device: str) -> str:
        """The flat in which a device stands, such as "b3-2-501"; "" for none, and for a detector, which says so itself."""
        placed = self.placed.get(device)
        if placed is None or not placed.flat:
            return ""
        return f"{placed.building or ''}-{placed.entrance}-{placed.flat}"

    def room_place(self, room: Room) -> Place:
        """Where a charging room is."""
        return Place(room.building or "", "", room.name, self._grids.get(room.building or "", ""))

    @cached_property
    def _buildings_of_rooms(self) -> Mapping[str, str]:
        return {room.id: room.building or "" for room in self.rooms}

    @cached_property
    def _grids(self) -> Mapping[str, str]:
        return {building.id: building.grid or "" for building in self.buildings}
