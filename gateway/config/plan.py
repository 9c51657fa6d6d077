"""The configuration, checked and joined: what the rest of the gateway is built from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.config.devices import Placed
from gateway.model import Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from drivers.contract import Driver, LineConfig
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
    from gateway.deliver.backup_config import BackupConfig


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

    def place(self, device: str, part: str = "") -> Place:
        """Where a device, or a part of it, stands."""
        placed = self.placed.get(device, Placed())
        building = next((b for b in self.buildings if b.id == placed.building), None)
        name = placed.parts.get(part, "") if part else ""
        return Place(
            building=placed.building or "",
            unit=placed.entrance,
            name=name or placed.name or device,
            grid=(building.grid or "") if building else "",
        )
